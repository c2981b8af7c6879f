import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCodec } from '../../../lib/codec/value-codec';
import type { DynamoCache } from '../../../lib/core';
import { DynamoStore } from '../../../lib/core/dynamo-store';
import type { Lines } from '../../engine/build-cache';
import { dynamodbEndpoint, freshTable, rawItem } from '../../support/dynamodb';
import { FaultyProxy } from '../../support/faulty-proxy';
import { buildCache, clientOptions } from './build-cache';

let table: string;
let proxy: FaultyProxy;
let cache: DynamoCache;
let lines: Lines;

beforeAll(async () => {
  table = await freshTable();
  proxy = await FaultyProxy.start(dynamodbEndpoint);
});
beforeEach(() => {
  proxy.reset();
  ({ cache, lines } = buildCache({
    table,
    client: clientOptions({ endpoint: proxy.endpoint }),
    timeout: '5s',
    maxChunks: 1,
  }));
});
afterEach(async () => {
  proxy.intercept = undefined;
  await cache.close();
});
afterAll(() => proxy.close());

describe('a value of a megabyte that may not be cut', () => {
  // Of bytes that nothing makes smaller.
  const large = { text: randomBytes(1024 * 1024).toString('latin1') };

  it('goes to the caller, is not sent, and is said once', async () => {
    const load = vi.fn(async () => large);
    const memo = cache.memoize(load, { name: 'menu' });
    expect(await memo()).toEqual(large);
    expect(await memo()).toEqual(large);
    expect(load).toHaveBeenCalledTimes(2);
    // The first read brings the stamps along.
    expect(proxy.requests).toEqual({ BatchGetItem: 1, GetItem: 1 });
    expect(lines.all).toEqual([
      expect.stringMatching(/^A value of menu is not cached: packed, it takes \d+ bytes/),
    ]);
  });

  it('is shared by concurrent callers all the same', async () => {
    const load = vi.fn(async () => large);
    const found = await Promise.all([cache.getOrLoad('large', load), cache.getOrLoad('large', load)]);
    expect(found).toEqual([large, large]);
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('that is set evicts the older one', async () => {
    await cache.set('set', 'small');
    expect(await cache.set('set', large)).toBe(false);
    expect(await cache.get('set')).toBeUndefined();
    expect(await cache.getOrLoad('set', () => 'small again')).toBe('small again');
  });

  it('is told apart from the largest that fits', async () => {
    const overhead = createCodec().encode(Buffer.alloc(300_000)).byteLength - 300_000;
    const fits = new DynamoStore({ table, maxChunks: 1 }).maxBytes('cache#edge') - overhead;
    const bytes = randomBytes(fits + 1);
    expect(await cache.set('edge', bytes)).toBe(false);
    expect(await cache.set('edge', bytes.subarray(1))).toBe(true);
    expect(await cache.get('edge')).toEqual(bytes.subarray(1));
    expect(cache.stats().store.failures).toBe(0);
  });
});

describe('a value that cannot be kept', () => {
  const make = async () => ({ owner: { pets: [{ speak: () => 'miaow' }] } });

  it('goes to the caller, is not sent, and is named once with its path', async () => {
    const load = vi.fn(make);
    const memo = cache.memoize(load, { name: 'menu' });
    for (let i = 0; i < 3; i++) expect((await memo()).owner.pets[0]?.speak()).toBe('miaow');
    expect(load).toHaveBeenCalledTimes(3);
    expect(proxy.requests).toEqual({ BatchGetItem: 1, GetItem: 2 });
    expect(lines.all).toEqual([expect.stringContaining('.owner.pets[0].speak')]);
  });

  it('is loaded by every joiner for itself', async () => {
    const load = vi.fn(make);
    const found = await Promise.all(Array.from({ length: 10 }, () => cache.getOrLoad('fn', load)));
    expect(load).toHaveBeenCalledTimes(10);
    expect(new Set(found).size).toBe(10);
    expect(proxy.requests).toEqual({ BatchGetItem: 1 });
  });

  it('that is set evicts the older one', async () => {
    await cache.set('set-fn', 'old');
    expect(await cache.set('set-fn', make)).toBe(false);
    expect(await cache.get('set-fn')).toBeUndefined();
  });

  it('because reading it throws goes to the caller', async () => {
    const hostile = {
      get secret(): string {
        throw new Error('not yours');
      },
    };
    expect(await cache.getOrLoad('hostile', async () => hostile)).toBe(hostile);
    expect(lines.all).toHaveLength(1);
  });
});

it.each([
  ['empty', ''],
  ['of 5 KB', 'k'.repeat(5_000)],
  ...['__proto__', '~', '#', '\ud800', '\0', '🙂'].map((key) => [JSON.stringify(key), key]),
])('a key that is %s works like any other', async (_, key) => {
  expect(await cache.getOrLoad(key, () => `value of ${key}`)).toBe(`value of ${key}`);
  expect(await cache.get(key)).toBe(`value of ${key}`);
  expect(await cache.set(key, 'set')).toBe(true);
  expect(await cache.delete(key)).toBe(true);
  expect(await cache.get(key)).toBeUndefined();
  expect(cache.stats().store.failures).toBe(0);
});

describe('an answer that is lost', () => {
  const loseOnce = (lost: string) => {
    let isLost = false;
    proxy.intercept = ({ operation }) => {
      if (operation !== lost || isLost) return undefined;
      isLost = true;
      return 'lost-response';
    };
  };

  it('of a fill: the second attempt takes the first one for its own', async () => {
    loseOnce('PutItem');
    expect(await cache.getOrLoad('fill', () => 'x')).toBe('x');
    expect(cache.stats()).toMatchObject({ loads: 1, fills: 1, fillsDropped: 0, store: { failures: 0 } });
    expect(proxy.count('PutItem')).toBe(2);
    expect(await cache.get('fill')).toBe('x');
  });

  it('of a fill that an eviction has overtaken in between: it is dropped', async () => {
    const { cache: other } = buildCache({ table, timeout: '5s' });
    let puts = 0;
    proxy.intercept = async ({ operation }) => {
      if (operation !== 'PutItem' || ++puts > 2) return undefined;
      if (puts === 1) return 'lost-response';
      await other.delete('overtaken');
      return undefined;
    };
    expect(await cache.getOrLoad('overtaken', () => 'old')).toBe('old');
    expect(cache.stats()).toMatchObject({ fills: 0, fillsDropped: 1 });
    expect(await other.get('overtaken')).toBeUndefined();
    expect(await rawItem(table, 'cache#overtaken')).not.toHaveProperty('v');
    await other.close();
  });

  it.each(['set', 'delete'] as const)('of %s: it arrives', async (how) => {
    await cache.set('a', 'old');
    loseOnce('PutItem');
    await (how === 'set' ? cache.set('a', 'new') : cache.delete('a'));
    expect(await cache.get('a')).toBe(how === 'set' ? 'new' : undefined);
    expect(cache.stats().store).toMatchObject({ failures: 0, lostEvictions: 0 });
  });

  it('of a read: it is asked again', async () => {
    await cache.set('read', 'x');
    // Of a key that was written just now the stamps are read, too.
    loseOnce('BatchGetItem');
    expect(await cache.get('read')).toBe('x');
    expect(proxy.count('BatchGetItem')).toBe(2);
    expect(cache.stats().store.failures).toBe(0);
  });
});
