/** A table in which programs in other languages read and write, too: here they are the bare SDK. */
import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDynamoCache, DynamoStore, type DynamoCacheOptions, type DynamoCache } from '../../lib/core';
import { storeContract } from '../../lib/testing/store-contract';
import { ManualClock } from '../../lib/testing';
import { newTombstone } from '../../lib/tiers/entry';
import { Lines } from '../engine/build-cache';
import { type Item, freshTable, testClient } from '../support/dynamodb';
import { call, entryOf } from './entries';

const client = testClient();
let table: string;
let clock: ManualClock;
let keys = 0;

beforeAll(async () => {
  table = await freshTable({ partitionKey: 'key' });
});
beforeEach(() => {
  clock = new ManualClock();
});

const OPTIONS: DynamoCacheOptions = {
  codec: 'json',
  layout: 'key/value/ttl',
  namespace: 'shop',
  timeout: '5s',
};

function open(options: DynamoCacheOptions = {}): DynamoCache {
  return createDynamoCache({ table, client, clock, logger: new Lines(), ...OPTIONS, ...options });
}

function store(): DynamoStore {
  return new DynamoStore({ table, client, clock, ...OPTIONS });
}

function newKey(): string {
  return `k${keys++}`;
}

const nowSeconds = () => Math.floor(clock.now() / 1_000);

/** What `table.put_item(Item={'key': …, 'value': json.dumps(…), 'ttl': int(time.time()) + 60})` sends. */
async function putForeign(key: string, text: string, rest: Item = { ttl: { N: String(nowSeconds() + 60) } }) {
  const item = { key: { S: `shop#${key}` }, value: { S: text }, ...rest };
  await client.send(new PutItemCommand({ TableName: table, Item: item }));
}

async function itemOf(key: string): Promise<Item | undefined> {
  const Key = { key: { S: `shop#${key}` } };
  const { Item } = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
  return Item;
}

async function readOne(key: string) {
  const stored = (await store().read([`shop#${key}`], call())).get(`shop#${key}`);
  if (!stored) throw new Error('no answer');
  return stored;
}

describe('what another program reads', () => {
  it('is the plain JSON of the value, its end in ms, and seconds for the TTL', async () => {
    const key = newKey();
    await open().set(key, { name: 'Öl', tags: ['a'] }, { ttl: '2h' });
    const item = await itemOf(key);
    expect(item?.value).toEqual({ S: '{"name":"Öl","tags":["a"]}' });
    expect(Number(item?.end?.N)).toBe(clock.now() + 7_200_000);
    expect(Number(item?.ttl?.N)).toBe(Math.ceil((clock.now() + 7_200_000) / 1_000));
  });

  it('has no value once the key is evicted', async () => {
    const key = newKey();
    const cache = open();
    await cache.set(key, 1);
    await cache.delete(key);
    expect(await itemOf(key)).not.toHaveProperty('value');
  });
});

describe('what another program wrote', () => {
  it('is a hit until its end', async () => {
    const key = newKey();
    await putForeign(key, '{"name": "Öl", "n": [1, 2.5, null]}');
    const load = vi.fn(() => 'loaded');
    expect(await open().getOrLoad(key, load)).toEqual({ name: 'Öl', n: [1, 2.5, null] });
    expect(load).not.toHaveBeenCalled();
    clock.advance(61_000);
    expect(await open().get(key)).toBeUndefined();
    expect(await open().getOrLoad(key, load)).toBe('loaded');
    expect((await itemOf(key))?.value).toEqual({ S: '"loaded"' });
  });

  it.each([{}, { ttl: { NULL: true } as const }])('is a hit for good without an end: %j', async (rest) => {
    const key = newKey();
    await putForeign(key, '"theirs"', rest);
    clock.advance(86_400_000);
    expect(await open().get(key)).toBe('theirs');
  });

  it('stays as it is while it is fresh, whatever refreshes others early', async () => {
    const key = newKey();
    await putForeign(key, '"theirs"');
    const cache = open({ refreshAhead: 0.1 });
    clock.advance(50_000);
    const load = vi.fn(() => 'loaded');
    expect(await cache.getOrLoad(key, load)).toBe('theirs');
    await cache.close();
    expect(load).not.toHaveBeenCalled();
  });

  it.each<[string, Item]>([
    ['an end as text', { ttl: { S: '99999999999' } }],
    ['an end before 1970', { ttl: { N: '-5' } }],
    ['an end in milliseconds', { ttl: { N: String(Date.now() + 60_000) } }],
    ['a value of another type', { value: { M: { a: { S: 'x' } } } }],
    ['a key twice in an object', { value: { S: '{"a":1,"a":2}' } }],
    ['no JSON', { value: { S: 'O:4:"User":0:{}' } }],
  ])('is a miss with %s, and is replaced', async (_what, rest) => {
    const key = newKey();
    await putForeign(key, '"theirs"', rest);
    expect(await open().getOrLoad(key, () => 'loaded')).toBe('loaded');
    expect((await itemOf(key))?.value).toEqual({ S: '"loaded"' });
  });

  it('may have attributes called as ours are', async () => {
    const key = newKey();
    const rest: Item = {
      n: { N: '3' },
      end: { S: 'x' },
      at: { N: '0' },
      fresh: { BOOL: true },
      ver: { N: '7' },
    };
    await putForeign(key, '"theirs"', rest);
    expect(await open().get(key)).toBe('theirs');
    expect(await open().delete(key)).toBe(true);
    expect(await itemOf(key)).not.toHaveProperty('value');
  });

  it('is not overwritten by a load that began before', async () => {
    const key = newKey();
    const cache = open();
    const value = await cache.getOrLoad(key, async () => {
      await putForeign(key, '"theirs"');
      return 'loaded';
    });
    expect(value).toBe('loaded');
    expect((await itemOf(key))?.value).toEqual({ S: '"theirs"' });
  });

  it.each<[string, string, Item | undefined]>([
    ['another value', '"theirs, again"', { ttl: { N: '1' } }],
    ['the same value with another end', '"theirs"', { ttl: { N: '2' } }],
    ['the same value without an end', '"theirs"', {}],
    ['the same value with a version', '"theirs"', { ttl: { N: '1' }, ver: { S: 'x' } }],
  ])('is not overwritten by a load that saw an older one: %s', async (_what, text, rest) => {
    const key = newKey();
    await putForeign(key, '"theirs"', { ttl: { N: '1' } });
    await open().getOrLoad(key, async () => {
      await putForeign(key, text, rest);
      return 'loaded';
    });
    expect((await itemOf(key))?.value).toEqual({ S: text });
  });

  it('is not overwritten between the look at it and the write', async () => {
    const key = newKey();
    await putForeign(key, '"theirs"');
    const seen = (await readOne(key)).version;
    const { filled } = await meddling(GetItemCommand, () => putForeign(key, '"newer"')).fill(
      `shop#${key}`,
      entryOf(Uint8Array.of(4, 0x31)),
      seen,
      call(),
    );
    expect(filled).toBe(false);
    expect((await itemOf(key))?.value).toEqual({ S: '"newer"' });
  });

  it('is not brought back by a load when it was deleted meanwhile', async () => {
    const key = newKey();
    await putForeign(key, '"theirs"', { ttl: { N: '1' } });
    await open().getOrLoad(key, async () => {
      await client.send(new DeleteItemCommand({ TableName: table, Key: { key: { S: `shop#${key}` } } }));
      return 'loaded';
    });
    expect(await itemOf(key)).toBeUndefined();
  });

  it('is replaced once, when a fill is sent again', async () => {
    const key = newKey();
    await putForeign(key, '"theirs"');
    const seen = (await readOne(key)).version;
    const mine = entryOf(Uint8Array.of(4, 0x31));
    expect(await store().fill(`shop#${key}`, mine, seen, call())).toEqual({ filled: true });
    expect(await store().fill(`shop#${key}`, mine, seen, call())).toEqual({ filled: true });
  });

  it('does not come back when it was evicted during a load', async () => {
    const key = newKey();
    await putForeign(key, '"theirs"', { ttl: { N: '1' } });
    await open().getOrLoad(key, async () => {
      await open().delete(key);
      return 'loaded';
    });
    expect(await open().get(key)).toBeUndefined();
  });

  it('counts after an eviction, when it is written then', async () => {
    const key = newKey();
    await open().delete(key);
    await putForeign(key, '"theirs"');
    expect(await open().get(key)).toBe('theirs');
  });

  it('counts even when it was put into an evicted item', async () => {
    const key = newKey();
    await open().delete(key);
    await client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: { key: { S: `shop#${key}` } },
        UpdateExpression: 'SET #v = :v',
        ExpressionAttributeNames: { '#v': 'value' },
        ExpressionAttributeValues: { ':v': { S: '"theirs"' } },
      }),
    );
    const before = await readOne(key);
    expect(await open().get(key)).toBe('theirs');
    const filled = await store().fill(`shop#${key}`, entryOf(Uint8Array.of(4, 0x31)), before.version, call());
    expect(filled).toEqual({ filled: true });
  });

  it('is evicted by everything that evicts', async () => {
    const [one, two] = [newKey(), newKey()];
    await Promise.all([putForeign(one, '1'), putForeign(two, '2')]);
    await store().evictAll([`shop#${one}`], () => newTombstone(clock.now()));
    expect(await open().get(one)).toBeUndefined();
    expect(await open().get(two)).toBe(2);
    const cache = open();
    await cache.clear();
    expect(await cache.get(two)).toBeUndefined();
  });

  it('is no entry where values are no texts', async () => {
    const key = newKey();
    await putForeign(key, '"theirs"', { ver: { S: '1' } });
    expect(await open({ codec: 'structured' }).get(key)).toBeUndefined();
  });

  it('leaves the rows of others alone when everything is evicted', async () => {
    const rows: Item[] = [
      { key: { S: 'order#7' }, value: { S: '"theirs"' } },
      { key: { S: 'shop' }, value: { S: '{}' } },
      { key: { S: 'shop#total' }, total: { N: '5' } },
    ];
    for (const Item of rows) await client.send(new PutItemCommand({ TableName: table, Item }));
    await store().evictAll(['shop#'], () => newTombstone(clock.now()));
    for (const row of rows) {
      const Key = { key: row.key! };
      expect((await client.send(new GetItemCommand({ TableName: table, Key }))).Item).toEqual(row);
    }
  });
});

describe('what is not kept', () => {
  it('is refused once in the log, and evicts what it was to replace', async () => {
    const lines = new Lines();
    const cache = open({ logger: lines });
    const key = newKey();
    const load = () => ({ at: new Date(0) });
    expect(await cache.getOrLoad(key, load)).toEqual({ at: new Date(0) });
    expect(await cache.getOrLoad(key, load)).toEqual({ at: new Date(0) });
    expect(lines.all).toEqual([
      expect.stringContaining('The value at .at cannot be cached: it is an instance of Date'),
    ]);
    expect(await itemOf(key)).toBeUndefined();
    await cache.set(key, 1);
    await cache.set(key, undefined);
    expect(await cache.get(key)).toBeUndefined();
  });

  it('is an error, whatever it is made of', async () => {
    const lines = new Lines();
    const cache = open({ logger: lines });
    const key = newKey();
    // eslint-disable-next-line @typescript-eslint/only-throw-error
    const fail = vi.fn(() => { throw { reason: 'closed' }; }); // prettier-ignore
    const options = { cacheErrors: () => '1m' as const };
    await expect(cache.getOrLoad(key, fail, options)).rejects.toEqual({ reason: 'closed' });
    await expect(cache.getOrLoad(key, fail, options)).rejects.toEqual({ reason: 'closed' });
    expect(fail).toHaveBeenCalledTimes(2);
    expect(await itemOf(key)).toBeUndefined();
    expect(lines.all).toEqual([expect.stringContaining('is not cached')]);
  });
});

describe('a fleet that changes over to JSON', () => {
  it('reads what was there, and leaves to the others a miss', async () => {
    const key = newKey();
    const before = open({ codec: 'structured' });
    await before.set(key, { a: 1 });
    expect(await open().get(key)).toEqual({ a: 1 });
    await open().set(key, { a: 2 });
    expect(await before.getOrLoad(key, () => 'loaded')).toBe('loaded');
    expect(await open().get(key)).toBe('loaded');
  });
});

describe('the contract of a store', () => {
  for (const { name, run } of storeContract(async () => ({
    store: new DynamoStore({
      table: await freshTable({ partitionKey: 'key' }),
      client: testClient(),
      codec: 'json',
      layout: 'key/value/ttl',
    }),
  })))
    it(name, run);
});

/** A store whose table changes right after a command of one kind was answered. */
function meddling(
  Command: abstract new (...args: never[]) => object,
  meddle: () => Promise<void>,
): DynamoStore {
  const inner = testClient();
  const send = inner.send.bind(inner) as (...args: unknown[]) => Promise<unknown>;
  inner.send = async (...args: unknown[]) => {
    const answer = await send(...args);
    if (args[0] instanceof Command) await meddle();
    return answer;
  };
  return new DynamoStore({ table, client: inner, clock, ...OPTIONS });
}
