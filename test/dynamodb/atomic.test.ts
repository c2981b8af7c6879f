/** Counters and locks on a real engine, behind a network that loses answers. */
import { Keyv } from 'keyv';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AtomicOperationError, type ClientOption, type DynamoCache, createDynamoCache } from '../../lib/core';
import { Lines } from '../engine/build-cache';
import { times } from '../engine/time';
import { dynamodbEndpoint, freshTable, testClient } from '../support/dynamodb';
import { type AnswerMode, FaultyProxy } from '../support/faulty-proxy';

let table: string;
let proxy: FaultyProxy;
let direct: DynamoCache;
const open: DynamoCache[] = [];
let keys = 0;

beforeAll(async () => {
  table = await freshTable();
  proxy = await FaultyProxy.start(dynamodbEndpoint);
  direct = createDynamoCache({ table, client: testClient(), timeout: '15s', logger: new Lines() });
});
beforeEach(() => {
  proxy.intercept = undefined;
});
afterAll(async () => {
  await Promise.all(open.map((cache) => cache.close()));
  await proxy.close();
});

const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };

/** Another process: its own client and its own memory, behind the proxy. */
function process(maxAttempts: number): DynamoCache {
  const client: ClientOption = {
    endpoint: proxy.endpoint,
    region: 'us-east-1',
    credentials: CREDENTIALS,
    maxAttempts,
  };
  const breaker = { failures: 1_000 };
  const cache = createDynamoCache({ table, client, timeout: '15s', breaker, logger: new Lines() });
  open.push(cache);
  return cache;
}

function newKey(): string {
  return `k${keys++}`;
}

/** Answers every so-many-th write in another way than the engine's, by a fixed series. */
function every(n: number, modes: readonly AnswerMode[]): void {
  let writes = 0;
  proxy.intercept = ({ operation }) => {
    if (operation !== 'PutItem' || ++writes % n > 0) return undefined;
    return modes[(writes / n) % modes.length];
  };
}

const LOSSES: readonly AnswerMode[] = ['lost-response', 'reset', 'status-500'];

describe.each([
  ['that tries by itself', 3],
  ['that does not', 1],
])('through a client %s', (_what, maxAttempts) => {
  it('an increment whose answer is lost counts once', async () => {
    const cache = process(maxAttempts);
    const key = newKey();
    every(2, LOSSES);
    for (let n = 1; n <= 12; n++) expect(await cache.increment(key)).toBe(n);
  });

  it('an increment whose answer is lost, and which was counted on from, says so and does not count twice', async () => {
    const cache = process(maxAttempts);
    const key = newKey();
    let writes = 0;
    proxy.intercept = async ({ operation }) => {
      if (operation !== 'PutItem') return undefined;
      if (++writes === 1) return 'lost-response';
      if (writes === 2) await direct.increment(key, 10);
      return undefined;
    };
    await expect(cache.increment(key)).rejects.toMatchObject({ reason: 'unsure', mayHaveHappened: true });
    expect(await direct.increment(key, 0)).toBe(11);
  });

  it('increments of several processes are counted exactly', async () => {
    const key = newKey();
    every(5, LOSSES);
    const caches = times(4, () => process(maxAttempts));
    const settled = await Promise.allSettled(
      caches.flatMap((cache) => times(25, () => cache.increment(key, 1, { ttl: '1h' }))),
    );
    proxy.intercept = undefined;
    const counted = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const failures = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
    const unsure = failures.filter((each) => each instanceof AtomicOperationError && each.mayHaveHappened);
    const total = await direct.increment(key, 0);
    // Nobody was told a number twice, and what is missing is among those who were told that it may be.
    expect(new Set(counted).size).toBe(counted.length);
    expect(total).toBeGreaterThanOrEqual(counted.length);
    expect(total).toBeLessThanOrEqual(counted.length + unsure.length);
    expect(counted.length).toBeGreaterThan(50);
    for (const failure of failures) expect(failure).toBeInstanceOf(AtomicOperationError);
  });

  it('an add whose answer is lost has won', async () => {
    const key = newKey();
    every(2, LOSSES);
    for (let i = 0; i < 6; i++) {
      expect(await process(maxAttempts).add(`${key}:${i}`, i)).toBe(true);
      expect(await process(maxAttempts).add(`${key}:${i}`, -1)).toBe(false);
    }
  });

  it('one of many adds wins', async () => {
    const key = newKey();
    const caches = times(4, () => process(maxAttempts));
    const won = await Promise.all(caches.flatMap((cache, i) => times(5, () => cache.add(key, i))));
    expect(won.filter(Boolean)).toHaveLength(1);
  });

  it('a lock lets one in at a time', async () => {
    const key = newKey();
    every(4, LOSSES);
    let inside = 0;
    let most = 0;
    const tokens: number[] = [];
    const caches = times(3, () => process(maxAttempts));
    const work = caches.flatMap((cache) =>
      times(4, () =>
        cache.lock(key, { ttl: '1m', wait: '1m' }, async ({ token }) => {
          most = Math.max(most, ++inside);
          tokens.push(token);
          await direct.get(key);
          inside--;
        }),
      ),
    );
    await Promise.all(work);
    expect(most).toBe(1);
    expect(tokens).toHaveLength(12);
    expect(tokens).toEqual([...new Set(tokens)].toSorted((a, b) => a - b));
  });
});

describe('counters', () => {
  it('are seen at once through the tiers of a fleet', async () => {
    const keyv = new Keyv();
    const options = { table, client: testClient(), tiers: [keyv], timeout: '15s' } as const;
    const [here, there] = [createDynamoCache(options), createDynamoCache(options)];
    const key = newKey();
    for (let n = 1; n <= 3; n++) {
      expect(await here.increment(key)).toBe(n);
      expect([await here.get(key), await there.get(key)]).toEqual([n, n]);
    }
    const lock = await here.lock(key, { ttl: '1m' });
    await expect(there.lock(key, { ttl: '1m' })).rejects.toMatchObject({ reason: 'held' });
    await lock.release();
    expect((await there.lock(key, { ttl: '1m' })).token).toBeGreaterThan(lock.token);
  });

  it('go on from what another program wrote as JSON', async () => {
    const options = { table, client: testClient(), codec: 'json', timeout: '15s' } as const;
    const cache = createDynamoCache(options);
    const key = newKey();
    await cache.set(key, 41);
    expect(await cache.increment(key)).toBe(42);
    await cache.close();
  });
});
