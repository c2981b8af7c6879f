// What one door, deployment or tier has written, another one reads; and nothing of a sealed value is in any of them.
import { Keyv } from 'keyv';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { itemBytes } from '../../lib/dynamodb/units';
import { createDynamoCache, type CacheEvent, DynamoStore, onCacheEvent } from '../../lib/core';
import type { DynamoCacheOptions } from '../../lib/core/options';
import { type Doors, openDoors } from '../cache-manager/doors';
import { freshTable, rawItem, scanAll, testClient } from '../support/dynamodb';
import { NEW_KEY, OLD_KEY } from './entries';

const SECRET = 'postgres://admin:hunter2@db';
const value = { url: SECRET, at: new Date(0), notes: 'of no interest. '.repeat(400) };
const seal = { keys: [NEW_KEY] };

let table: string;
let keys = 0;
let key: string;
beforeAll(async () => {
  table = await freshTable();
});
beforeEach(() => {
  key = `token:${keys++}`;
});

const open = (options: DynamoCacheOptions = {}): Promise<Doors> => openDoors({ table, ...options });
const firstByteOf = async (name = key) => (await rawItem(table, `cache#${name}`))?.v?.B?.[0];

/** The events of `run`, but for hits and the like. */
async function undecodableIn(run: () => Promise<unknown>): Promise<CacheEvent[]> {
  const events: CacheEvent[] = [];
  const stop = onCacheEvent((event) => {
    if (event.type === 'undecodable') events.push(event);
  });
  try {
    await run();
  } finally {
    stop();
  }
  return events;
}

describe.each<[string, DynamoCacheOptions, number]>([
  ['compressed', {}, 0x10],
  ['sealed', { compress: false, seal }, 0x40],
  ['compressed and sealed', { seal }, 0x50],
])('values that are %s', (_what, options, first) => {
  it('go through every door', async () => {
    const [writer, reader] = [await open(options), await open(options)];
    await writer.cache.getOrLoad(key, () => value);
    expect(await firstByteOf()).toBe(first);
    expect(await reader.cache.get(key)).toEqual(value);
    expect(await reader.manager.get(key)).toEqual(value);
    expect(await writer.cache.getMany([key, `${key}:no`])).toEqual(new Map([[key, value]]));
    await reader.manager.set(key, { ...value, by: 'manager' });
    expect(await writer.cache.get(key)).toEqual({ ...value, by: 'manager' });
    expect(await firstByteOf()).toBe(first);
  });

  it("go through a plain Keyv and back, in Keyv's own text", async () => {
    const { cache } = await open(options);
    const keyv = new Keyv({
      store: new DynamoStore({ table, client: testClient(), timeout: '5s', ...options }),
    });
    await keyv.set(key, value.notes);
    expect(await firstByteOf(`keyv:${key}`)).toBe(first);
    expect([await keyv.get(key), await cache.get(`keyv:${key}`)]).toEqual([value.notes, value.notes]);
    await cache.set(`keyv:${key}`, value);
    expect(await keyv.get(key)).toEqual(value);
  });

  it('may be errors, undefined or empty', async () => {
    const { cache } = await open(options);
    const failing = cache.memoize(() => Promise.reject(new RangeError(value.notes)), {
      name: key,
      cacheErrors: () => '1m',
    });
    await expect(failing()).rejects.toThrow(RangeError);
    expect(await firstByteOf(`${key}()`)).toBe(first);
    await expect(failing()).rejects.toThrow(value.notes);
    expect(cache.stats().loads).toBe(1);
    let loads = 0;
    for (const [i, empty] of [undefined, null, '', [], Buffer.alloc(0)].entries()) {
      for (const time of [1, 2]) {
        const got = await cache.getOrLoad(`${key}:${i}`, () => {
          loads++;
          return empty;
        });
        expect(got, `the ${time}. time`).toEqual(empty);
      }
    }
    expect(loads).toBe(5);
  });
});

describe('a sealed value', () => {
  it('leaves nothing readable in the table or in a tier, by any door', async () => {
    const own = await freshTable();
    const tier = new Map<string, unknown>();
    const options = { seal, tiers: [new Keyv({ store: tier })], memory: true };
    const { cache, manager } = await open({ ...options, table: own });
    const keyv = new Keyv({
      store: new DynamoStore({ table: own, client: testClient(), timeout: '5s', ...options }),
    });
    const leased = { lease: true, staleIfError: '1h' } as const;
    await cache.set('by set', value, { tags: ['a'] });
    await cache.getOrLoad('by load', () => Promise.resolve(SECRET), leased);
    await cache.memoize(() => Promise.resolve([SECRET]), { name: 'by memoize', tags: ['a'] })();
    const failing = cache.memoize(() => Promise.reject(new Error(SECRET)), {
      name: 'by error',
      cacheErrors: () => '1m',
    });
    await expect(failing()).rejects.toThrow(SECRET);
    await manager.set('by manager', { SECRET });
    await keyv.set('by keyv', SECRET);
    const reader = await open({ ...options, table: own });
    expect(await reader.cache.get('by set')).toEqual(value);
    const items = await scanAll(own);
    expect(items.length).toBeGreaterThanOrEqual(7);
    expect(tier.size).toBeGreaterThan(5);
    const everything = items
      .flatMap((item) => Object.values(item))
      .map(({ B, S, N, M }) => (B ? Buffer.from(B).toString('latin1') : JSON.stringify([S, N, M])));
    const copies = [...tier.values()].map(String);
    const decoded = copies.map((copy) =>
      Buffer.from(/"v":":?([^"]+)"/.exec(copy)?.[1] ?? '', 'base64').toString('latin1'),
    );
    for (const text of [...everything, ...copies, ...decoded]) expect(text).not.toContain('hunter2');
  });

  it('that was copied to another key is a miss, an event, and a line without a value in it', async () => {
    const { cache, said } = await open({ seal });
    await cache.set('stolen', value);
    await cache.set(key, 'mine');
    const { v, ver, at, fresh, end, ttl } = (await rawItem(table, 'cache#stolen'))!;
    const { PutItemCommand } = await import('@aws-sdk/client-dynamodb');
    const Item = {
      pk: { S: `cache#${key}` },
      v: v!,
      ver: ver!,
      at: at!,
      fresh: fresh!,
      end: end!,
      ttl: ttl!,
    };
    await testClient().send(new PutItemCommand({ TableName: table, Item }));
    const events = await undecodableIn(async () => {
      expect(await cache.getOrLoad(key, () => 'loaded')).toBe('loaded');
    });
    expect(events).toEqual([{ type: 'undecodable', label: key, reason: 'not-authentic' }]);
    expect(said).toEqual([
      expect.stringMatching(/^A stored value of token:\d+ is loaded again: its seal does not hold/),
    ]);
    expect(await cache.get(key)).toBe('loaded');
  });

  it('is renewed by a fleet whose keys were rotated', async () => {
    const before = await open({ seal: { keys: [OLD_KEY] } });
    const after = await open({ seal: { keys: [NEW_KEY, OLD_KEY] } });
    await before.cache.set(key, value);
    expect(await after.cache.get(key)).toEqual(value);
    await after.cache.set(key, 'newer');
    const events = await undecodableIn(async () => {
      expect(await before.cache.get(key)).toBeUndefined();
    });
    expect(events).toEqual([{ type: 'undecodable', label: key, reason: 'unknown-key' }]);
  });
});

describe('two deployments', () => {
  it('an older one, which knows nothing of this, misses and does not fail', async () => {
    const { cache } = await open({ seal });
    await cache.set(key, value);
    // What it does: no wrapper around the table, and the codec as it was.
    const { resolveOptions } = await import('../../lib/core/resolve-options');
    const { DynamoCache } = await import('../../lib/engine/dynamo-cache');
    const options = {
      table,
      client: testClient(),
      timeout: '5s',
      logger: { warn() {}, error() {} },
    } as const;
    const old = new DynamoCache(new DynamoStore(options), resolveOptions(options).engine);
    expect(await old.get(key)).toBeUndefined();
    expect(await old.getOrLoad(key, () => 'old')).toBe('old');
    expect(await firstByteOf()).toBe(0x01);
    const compressing = await open();
    expect(await compressing.cache.get(key)).toBe('old');
  });

  it('one that seals takes nothing in clear, and replaces it', async () => {
    const { cache: clear } = await open();
    await clear.set(key, value);
    const { cache, said } = await open({ seal });
    const events = await undecodableIn(async () => {
      expect(await cache.getOrLoad(key, () => 'loaded')).toBe('loaded');
    });
    expect(events).toEqual([{ type: 'undecodable', label: key, reason: 'not-sealed' }]);
    expect(said).toEqual([expect.stringContaining('acceptUnsealed')]);
    expect(await firstByteOf()).toBe(0x40);
  });

  it('one that moves to sealing reads what is in clear, if it is told to', async () => {
    const { cache: clear } = await open();
    await clear.set(key, value);
    const { cache } = await open({ seal: { ...seal, acceptUnsealed: true } });
    expect(await cache.get(key)).toEqual(value);
  });
});

describe('a value that is larger than an item', () => {
  const large = 'all of it the same. '.repeat(50_000);

  it('is kept when it is small enough compressed', async () => {
    const { cache } = await open({ maxChunks: 1 });
    expect(await cache.set(key, large)).toBe(true);
    expect(await cache.get(key)).toBe(large);
  });

  it('and stays so is not kept, evicts what it was to replace, and leaves the breaker closed', async () => {
    const { randomBytes } = await import('node:crypto');
    const { cache, said } = await open({ breaker: { failures: 1 }, maxChunks: 1 });
    await cache.set(key, 'old');
    expect(await cache.set(key, randomBytes(500_000))).toBe(false);
    expect(await cache.get(key)).toBeUndefined();
    expect((await cache.getOrLoad(key, () => randomBytes(500_000))).length).toBe(500_000);
    expect(await cache.get(key)).toBeUndefined();
    expect(said).toEqual([expect.stringMatching(/is not cached: .* bytes and \d+ can be kept/)]);
    expect([cache.stats().breaker, cache.stats().store.failures]).toEqual(['closed', 0]);
  });
});

it('one of several that is refused does not take the others along', async () => {
  const { randomBytes } = await import('node:crypto');
  const { cache, said } = await open({ breaker: { failures: 1 }, maxChunks: 1 });
  await cache.setMany<unknown>([
    [`${key}:a`, 1],
    [`${key}:large`, randomBytes(500_000)],
    [`${key}:b`, 2],
  ]);
  const found = await cache.getMany([`${key}:a`, `${key}:large`, `${key}:b`]);
  expect([...found.values()]).toEqual([1, 2]);
  expect(said).toHaveLength(1);
  expect([cache.stats().breaker, cache.stats().store.failures]).toEqual(['closed', 0]);
});

it('a value that is refused is not added, and says so', async () => {
  const { randomBytes } = await import('node:crypto');
  const { cache } = await open({ breaker: { failures: 1 }, maxChunks: 1 });
  await expect(cache.add(`${key}:large`, randomBytes(500_000))).rejects.toMatchObject({
    reason: 'not-kept',
    mayHaveHappened: false,
  });
  expect(cache.stats().breaker).toBe('closed');
});

it('is billed as it is stored', async () => {
  const { cache } = await open();
  const reader = await open();
  await cache.set(key, value);
  await reader.cache.get(key);
  const item = await rawItem(table, `cache#${key}`);
  const bytes = itemBytes(item);
  expect(bytes).toBeLessThan(700);
  expect(cache.stats()).toMatchObject({ writeUnits: 1, bytes });
  expect(reader.cache.stats()).toMatchObject({ bytes });
});

describe('keys that cannot be had', () => {
  it.each([
    ['fail', () => Promise.reject(new Error('the key is hunter2'))],
    ['never come', () => new Promise<never>(() => undefined)],
  ])(
    'because they %s: callers are served, nothing is cached in clear, evictions work',
    async (_what, fetch) => {
      const { cache: sealed } = await open({ seal });
      await sealed.set(key, 'sealed');
      const said: string[] = [];
      const logger = {
        warn: (line: string) => void said.push(line),
        error: (line: string) => void said.push(line),
      };
      const cache = createDynamoCache({
        table,
        client: testClient(),
        timeout: '2s',
        breaker: { failures: 1 },
        logger,
        seal: { keys: fetch },
      });
      expect(await cache.getOrLoad(key, () => 'loaded')).toBe('loaded');
      expect(await cache.getOrLoad(`${key}:new`, () => 'loaded')).toBe('loaded');
      expect(await rawItem(table, `cache#${key}:new`)).toBeUndefined();
      expect(await sealed.get(key)).toBe('sealed');
      expect(await cache.set(key, 'not to be kept')).toBe(false);
      expect(await sealed.get(key)).toBeUndefined();
      expect(cache.stats()).toMatchObject({ breaker: 'closed', store: { failures: 0, lateEvictions: 0 } });
      expect(said.join('\n')).toMatch(/there is no key to seal it with/);
      expect(said.join('\n')).not.toContain('hunter2');
      await cache.close();
    },
  );
});
