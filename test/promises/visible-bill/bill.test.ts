/**
 * `stats()` against the bill: what DynamoDB itself says it charged for everything a cache can do. With `trackCapacity`
 * the two are equal, without it they differ by a tenth at most.
 */
import { Keyv } from 'keyv';
import { beforeAll, describe, expect, it } from 'vitest';
import { type DynamoCache, type DynamoCacheOptions, createDynamoCache } from '../../../lib/core';
import { dynamodbEngine, freshTable, testClient } from '../../support/dynamodb';
import { Log } from '../../module/application';
import { deferred } from '../../engine/deferred';
import { Oracle, type Units } from './oracle';

let table: string;
let namespaces = 0;

beforeAll(async () => {
  table = await freshTable();
});

interface Billed {
  /** What `stats()` says. */
  readonly said: Units;
  /** The sum of what it says of its methods. */
  readonly saidOfMethods: Units;
  readonly told: Units;
  readonly due: Units;
}

interface Fleet {
  /** The cache whose bill it is. */
  readonly here: DynamoCache;
  /** Another process. */
  readonly there: DynamoCache;
}

function added(units: readonly Units[]): Units {
  return {
    readUnits: units.reduce((sum, { readUnits }) => sum + readUnits, 0),
    writeUnits: units.reduce((sum, { writeUnits }) => sum + writeUnits, 0),
  };
}

type Situation = (fleet: Fleet) => Promise<unknown>;

const value = (kilobytes: number) => 'x'.repeat(kilobytes * 1_024);
const ids = (n: number) => Array.from({ length: n }, (_, i) => `id-${i}`);

function method(cache: DynamoCache, name: string, kilobytes: number, options = {}) {
  return cache.memoize(async (id: string) => Promise.resolve(id + value(kilobytes)), { name, ...options });
}

async function bill(situation: Situation, options: DynamoCacheOptions = {}): Promise<Billed> {
  const client = testClient();
  const oracle = new Oracle(client);
  const shared = { table, namespace: `bill-${namespaces++}`, timeout: '10s' as const, logger: new Log() };
  const here = createDynamoCache({ ...shared, client, ...options });
  const there = createDynamoCache({ ...shared, client: testClient() });
  try {
    await situation({ here, there });
    await here.close();
    const { readUnits, writeUnits, methods } = here.stats();
    const saidOfMethods = added(Object.values(methods));
    return {
      said: { readUnits, writeUnits },
      saidOfMethods,
      told: oracle.told,
      due: oracle.due(dynamodbEngine),
    };
  } finally {
    await there.close();
    client.destroy();
  }
}

const SITUATIONS: Record<string, Situation> = {
  'hits and misses': async ({ here, there }) => {
    const [mine, theirs] = [method(here, 'menu', 5), method(there, 'menu', 5)];
    await Promise.all(ids(30).map(theirs));
    // The first of a second read the stamps of the method and the namespace: all of them together, once.
    await Promise.all(ids(30).map(mine));
    for (const id of ids(10)) await mine(id);
    await Promise.all(['a', 'b', 'c'].map(mine));
  },
  'a hundred and thirty keys, and keys that are not there': async ({ here, there }) => {
    await there.setMany(ids(130).map((id) => [id, value(1)]));
    await here.getMany([...ids(130), 'a', 'b', 'c']);
  },
  'tags, shared by several keys': async ({ here, there }) => {
    const tags = (id: string) => ['all', `tag:${id}`];
    const [mine, theirs] = [method(here, 'tagged', 1, { tags }), method(there, 'tagged', 1, { tags })];
    await Promise.all(ids(20).map(theirs));
    await Promise.all(ids(20).map(mine));
    await there.evictTags('tag:id-3');
    await mine('id-3');
    await here.evictTags('all', 'tag:id-4', 'tag:id-5');
    await Promise.all(ids(20).map(mine));
  },
  'evictions, by key, method, and of everything': async ({ here }) => {
    const menu = method(here, 'menu', 9);
    await Promise.all(ids(8).map(menu));
    await Promise.all(ids(4).map((id) => here.evictCall('menu', {}, [id])));
    await here.delete('nothing');
    await here.evictMethod('menu');
    await menu('id-5');
    await here.clear();
    await menu('id-6');
  },
  puts: async ({ here }) => {
    for (const kilobytes of [1, 3, 3, 12]) await here.set('a', value(kilobytes));
    await here.set('tagged', value(2), { tags: ['x', 'y'] });
    await here.setMany(ids(10).map((id) => [id, value(2)]));
    await here.putCall('menu', {}, ['a'], value(3));
    await here.get('a');
  },
  lists: async ({ here, there }) => {
    const run = async (missing: readonly string[]) => Promise.resolve(missing.map((id) => id + value(2)));
    await there.callMany('many', {}, ids(30), [], run);
    await here.callMany('many', {}, ids(40), [], run);
  },
  'leases that are taken': async ({ here }) => {
    const leased = method(here, 'leased', 4, { lease: true });
    for (const id of ids(3)) await leased(id);
    for (const id of ids(3)) await leased(id);
    await here.evictCall('leased', {}, ['id-1']);
    await leased('id-1');
  },
  'a lease that another holds': async ({ here, there }) => {
    const [begun, done] = [deferred(), deferred()];
    const theirs = there.memoize(
      async () => {
        begun.resolve();
        await done.promise;
        return value(4);
      },
      { name: 'slow', lease: true },
    );
    const loading = theirs();
    await begun.promise;
    const waiting = method(here, 'slow', 4, { lease: true }) as () => Promise<string>;
    const answer = waiting();
    while (here.stats().store.operations < 5) await new Promise((resolve) => setTimeout(resolve, 10));
    done.resolve();
    await Promise.all([loading, answer]);
  },
  'a fill that an eviction has overtaken': async ({ here, there }) => {
    await here.getOrLoad(
      'overtaken',
      async () => {
        await there.delete('overtaken');
        return value(3);
      },
      { name: 'overtaken' },
    );
  },
  'a refresh behind a stale value': async ({ here }) => {
    const stale = method(here, 'stale', 4, { ttl: 1, staleWhileRevalidate: '1h' });
    await stale('a');
    await new Promise((resolve) => setTimeout(resolve, 20));
    await stale('a');
  },
  'one request': async ({ here }) => {
    const menu = method(here, 'menu', 3);
    await here.runInScope(async () => {
      for (let i = 0; i < 10; i++) await menu('a');
    });
  },
  'a flush by prefix': async ({ here }) => {
    await here.setMany(ids(30).map((id) => [id, value(3)]));
    await here.clearPrefix('id-1');
  },
  'a look whether the table is there': ({ here }) => here.ping(),
};

/** All of them, each with a cache of its own. */
async function billOfEverything(options: DynamoCacheOptions): Promise<Billed> {
  const bills = await Promise.all(Object.values(SITUATIONS).map((situation) => bill(situation, options)));
  const sum = (what: keyof Billed) => added(bills.map((one) => one[what]));
  return { said: sum('said'), saidOfMethods: sum('saidOfMethods'), told: sum('told'), due: sum('due') };
}

const OPTIONS: Record<string, () => DynamoCacheOptions> = {
  'eventually consistent reads': () => ({}),
  'consistent reads': () => ({ consistentRead: true }),
  memory: () => ({ memory: true }),
  'a tier before the table': () => ({ tiers: [new Keyv()] }),
};

describe.each(Object.entries(OPTIONS))('with %s', (_, options) => {
  it('everything costs exactly what `trackCapacity` says', async () => {
    const { said, told } = await billOfEverything({ ...options(), trackCapacity: true });
    expect(said).toEqual(told);
  });

  it('everything costs what stats() reckon, to a tenth', async () => {
    const { said, due } = await billOfEverything(options());
    expect(Math.abs(said.readUnits / due.readUnits - 1)).toBeLessThan(0.1);
    expect(Math.abs(said.writeUnits / due.writeUnits - 1)).toBeLessThan(0.1);
  });
});

describe('without being told', () => {
  // A put does not know what it replaces.
  const { puts: _, ...reckonable } = SITUATIONS;

  it.each(Object.entries(reckonable))('%s: reckoned to the unit', async (_, situation) => {
    const { said, due } = await bill(situation);
    expect(due.readUnits + due.writeUnits).toBeGreaterThan(0);
    expect(said).toEqual(due);
  });
});

it('what is done for methods is shared out among them, to the last unit', async () => {
  const shared: Situation = async (fleet) => {
    await SITUATIONS['hits and misses']?.(fleet);
    await SITUATIONS.lists?.(fleet);
    await SITUATIONS['leases that are taken']?.(fleet);
  };
  const { saidOfMethods, told } = await bill(shared, { trackCapacity: true });
  expect(saidOfMethods).toEqual(told);
});
