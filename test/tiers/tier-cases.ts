/** What holds for every tier, whichever store is behind its Keyv; run over a Map and over a real Redis. */
import type { Keyv } from 'keyv';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DynamoCache } from '../../lib/core';
import { systemClock } from '../../lib/clock';
import { storeContract } from '../../lib/testing';
import { type Fleet, buildFleet } from './fleet';

/** @param connect makes connections to a server with nothing in it */
export function tierCases(connect: () => () => Keyv): void {
  let keyvOf: () => Keyv;
  let fleet: Fleet;
  let here: DynamoCache;
  let elsewhere: DynamoCache;
  beforeEach(() => {
    keyvOf = connect();
    fleet = buildFleet();
    [here, elsewhere] = [fleet.start({ tiers: [keyvOf()] }), fleet.start({ tiers: [keyvOf()] })];
  });

  /** Past the time in which a process trusts nothing but the table about what it wrote itself. */
  const forgetWrites = () => {
    fleet.clock.advance(40_000);
    fleet.table.takeReads();
  };

  describe('as a store', () => {
    const make = () => ({ store: buildFleet({ clock: systemClock }).store({ tiers: [connect()()] }) });
    for (const { name, run } of storeContract(make)) it(name, run);
  });

  it('a hit in the tier asks the table nothing, not even for the stamps', async () => {
    await here.getOrLoad('menu', () => 'soup', { tags: ['kitchen'] });
    await elsewhere.get('menu');
    fleet.table.takeReads();
    fleet.clock.advance(1_000);
    expect(await elsewhere.getOrLoad('menu', () => 'missed', { tags: ['kitchen'] })).toBe('soup');
    expect(fleet.table.takeReads()).toEqual([]);
  });

  it('a fill is told to the tier, and the table need not be read for it', async () => {
    await here.getOrLoad('menu', () => 'soup');
    fleet.table.takeReads();
    expect(await elsewhere.get('menu')).toBe('soup');
    expect(fleet.table.takeReads()).toEqual([]);
  });

  it('a hit in the table is copied into the tier', async () => {
    await fleet.start().set('menu', 'soup');
    expect(await here.get('menu')).toBe('soup');
    expect(fleet.table.takeReads()).toContain('menu');
    expect(await elsewhere.get('menu')).toBe('soup');
    expect(fleet.table.takeReads()).toEqual([]);
  });

  it.each<[string, (cache: DynamoCache) => Promise<unknown>, unknown]>([
    ['delete', (cache) => cache.delete('menu'), undefined],
    ['set', (cache) => cache.set('menu', 'salad'), 'salad'],
    ['evictTags', (cache) => cache.evictTags('kitchen'), undefined],
    ['clear', (cache) => cache.clear(), undefined],
    ['clearPrefix', (cache) => cache.clearPrefix('me'), undefined],
  ])('%s of another process that shares it is seen at once', async (_what, evict, expected) => {
    await here.getOrLoad('menu', () => 'soup', { tags: ['kitchen'] });
    expect([await here.get('menu'), await elsewhere.get('menu')]).toEqual(['soup', 'soup']);
    await evict(elsewhere);
    // What a namespace depends on is remembered for a second.
    fleet.clock.advance(1_000);
    expect([await here.get('menu'), await elsewhere.get('menu')]).toEqual([expected, expected]);
    expect(await here.getOrLoad('menu', () => 'new', { tags: ['kitchen'] })).toBe(expected ?? 'new');
    expect(await elsewhere.get('menu')).toBe(expected ?? 'new');
  });

  it.each<[string, unknown]>([
    ['every byte', Buffer.from(Array.from({ length: 256 }, (_, i) => i))],
    ['300 KB', Buffer.alloc(300_000, 'x').toString()],
    [
      'what JSON does not know',
      new Map<unknown, unknown>([[1n, new Set([undefined, NaN, -0, new Date(7)])]]),
    ],
    ['texts that Keyv marks', [':base64:AAAA', '::', ':', '\ud800', '\0']],
    ['nothing', undefined],
  ])('keeps %s as it is', async (_what, value) => {
    await here.set('menu', value);
    fleet.table.takeReads();
    expect(await elsewhere.getOrLoad('menu', () => 'missed')).toEqual(value);
    expect(fleet.table.takeReads()).toEqual([]);
  });

  it.each(['', 'keyv:menu', 'menus/menu', '__proto__', 'a b\r\nc', '#', '~', '\ud800', 'x'.repeat(5_000)])(
    'holds the key %j',
    async (key) => {
      await here.getOrLoad(key, () => 'soup');
      fleet.table.takeReads();
      expect(await elsewhere.get(key)).toBe('soup');
      expect(fleet.table.takeReads()).toEqual([]);
      await elsewhere.delete(key);
      expect(await here.get(key)).toBeUndefined();
    },
  );

  it('caches of two tables do not meet in it', async () => {
    const other = buildFleet({ table: 'orders' });
    await here.set('menu', 'soup');
    const stranger = other.start({ tiers: [keyvOf()] });
    expect(await stranger.get('menu')).toBeUndefined();
    await stranger.delete('menu');
    expect(await elsewhere.get('menu')).toBe('soup');
  });

  it('what it says of an address ends with its ttl', async () => {
    await here.getOrLoad('menu', () => 'soup');
    await elsewhere.get('menu');
    // Past the tier, as a process does that does not share it.
    await fleet.start().delete('menu');
    fleet.clock.advance(29_999);
    expect(await elsewhere.get('menu')).toBe('soup');
    fleet.clock.advance(1);
    expect(await elsewhere.get('menu')).toBeUndefined();
  });

  it('past its fresh time the table is asked, where another may have refreshed it', async () => {
    const options = { ttl: 10_000, staleWhileRevalidate: '1h' } as const;
    const unshared = fleet.start();
    await unshared.getOrLoad('menu', () => 'old', options);
    expect(await here.get('menu')).toBe('old');
    fleet.clock.advance(10_000);
    await unshared.set('menu', 'new');
    expect(await elsewhere.get('menu')).toBe('new');
  });

  it('a hit does not outlive the signal of its read', async () => {
    const store = fleet.store({ tiers: [keyvOf()] });
    await here.getOrLoad('menu', () => 'soup');
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(store.read(['cache#menu'], { signal })).rejects.toThrow('enough');
  });

  it('serves nothing past its fresh time', async () => {
    await here.getOrLoad('menu', () => 'soup', { ttl: 10_000 });
    fleet.clock.advance(9_999);
    expect(await elsewhere.get('menu')).toBe('soup');
    forgetWrites();
    expect(await elsewhere.getOrLoad('menu', () => 'new')).toBe('new');
    expect(await here.get('menu')).toBe('new');
  });
}
