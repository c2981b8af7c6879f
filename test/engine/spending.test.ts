// Who pays for what. That the sums are those of DynamoDB's bill is shown in test/promises/visible-bill.
import { describe, expect, it } from 'vitest';
import type { CacheStats } from '../../lib/observability/stats';
import { MINUTE, SECOND, buildCache, buildOther, sick } from './build-cache';
import { HeldLoader, quiet } from './deferred';
import { passing } from './time';

type Units = [readUnits: number, writeUnits: number];

function unitsOf({ methods, ...total }: CacheStats): Record<string, Units> {
  const named = Object.entries(methods).map(([name, stats]) => [name, units(stats)] as const);
  return Object.fromEntries([['total', units(total)], ...named]);
}

function units({ readUnits, writeUnits }: Pick<CacheStats, 'readUnits' | 'writeUnits'>): Units {
  return [readUnits, writeUnits];
}

/** What was spent while something ran. */
async function spent({ cache }: Pick<ReturnType<typeof buildCache>, 'cache'>, work: () => Promise<unknown>) {
  const before = unitsOf(cache.stats());
  await work();
  const after = Object.entries(unitsOf(cache.stats()));
  return Object.fromEntries(
    after.map(([name, [read, write]]) => {
      const [readBefore, writeBefore] = before[name] ?? [0, 0];
      return [name, [read - readBefore, write - writeBefore]];
    }),
  );
}

const load = () => 'x';

describe('a stamp that several calls need', () => {
  it('is paid once, and shared by the methods it was read for', async () => {
    const built = buildCache();
    const { cache } = built;
    const tagged = (key: string, name: string) => cache.getOrLoad(key, load, { name, tags: ['red'] });
    await Promise.all([
      tagged('a', 'first'),
      tagged('b', 'first'),
      tagged('c', 'second'),
      tagged('d', 'third'),
    ]);
    built.clock.advance(2 * SECOND);
    // Four entries, the tag and the namespace.
    const again = () =>
      Promise.all([tagged('a', 'first'), tagged('b', 'first'), tagged('c', 'second'), tagged('d', 'third')]);
    expect(await spent(built, again)).toEqual({
      total: [3, 0],
      first: [1.5, 0],
      second: [0.75, 0],
      third: [0.75, 0],
    });
  });

  it('a share of somebody without a name is in the total alone', async () => {
    const built = buildCache();
    await built.cache.getOrLoad('a', load);
    const both = () =>
      Promise.all([built.cache.getOrLoad('a', load), built.cache.getOrLoad('a', load, { name: 'menu' })]);
    expect(await spent(built, both)).toEqual({ total: [0.5, 0], menu: [0.25, 0] });
  });
});

describe('a method pays for', () => {
  it('the eviction and the put of a call of it, and of all its calls', async () => {
    const built = buildCache();
    const { cache } = built;
    const large = 'x'.repeat(2_500);
    await cache.call('menu', {}, ['a'], async () => Promise.resolve(large));
    expect(await spent(built, () => cache.evictCall('menu', {}, ['a']))).toEqual({
      total: [0, 3],
      menu: [0, 3],
    });
    expect(await spent(built, () => cache.evictMethod('menu'))).toEqual({ total: [0, 1], menu: [0, 1] });
    // Its stamp, evicted here, is read consistently.
    const put = () => cache.putCall('menu', {}, ['a'], large);
    expect(await spent(built, put)).toEqual({ total: [2, 3], menu: [2, 3] });
  });

  it('its leases, and for looking whether another has let go', async () => {
    const built = buildCache();
    const other = buildOther(built);
    const held = new HeldLoader<string>();
    const options = { name: 'menu', lease: true } as const;
    const theirs = other.cache.getOrLoad('a', held.load, options);
    await held.began;
    const waiting = spent(built, () => built.cache.getOrLoad('a', load, options));
    for (let look = 0; look < 20; look++) {
      built.clock.advance(20);
      await quiet();
    }
    held.release('theirs');
    const paid = await passing(built.clock, waiting);
    await theirs;
    const looks = built.store.consistent.filter(Boolean).length;
    // Two keys without their stamps, then the lease that was refused; each look reads entry, stamp and lease.
    expect(looks).toBeGreaterThan(1);
    expect(paid).toEqual({ total: [1 + 3 * looks, 1], menu: [1 + 3 * looks, 1] });
    expect(units(other.cache.stats())).toEqual([1, 3]);
  });

  it('its evictions that are tried again', async () => {
    const built = buildCache();
    const { cache, store, clock } = built;
    store.before = sick;
    const work = async () => {
      await cache.evictCall('menu', {}, ['a']);
      store.before = undefined;
      for (let ms = 0; ms < 2 * SECOND; ms += 100) {
        clock.advance(100);
        await quiet();
      }
    };
    expect(await spent(built, work)).toEqual({ total: [0, 1], menu: [0, 1] });
    expect(store.count('evict')).toBe(2);
  });

  it('a fill that came too late', async () => {
    const built = buildCache();
    const other = buildOther(built);
    const work = () =>
      built.cache.getOrLoad(
        'a',
        async () => {
          await other.cache.set('a', 'x'.repeat(2_500));
          return 'y';
        },
        { name: 'menu' },
      );
    // The condition is held against what stands there, and charged by its size.
    expect(await spent(built, work)).toEqual({ total: [1, 3], menu: [1, 3] });
  });
});

describe('the total pays for', () => {
  it('evictions of keys, tags, prefixes and everything, and for pings', async () => {
    const built = buildCache();
    const { cache } = built;
    await cache.setMany([
      ['a', 'x'],
      ['b', 'x'.repeat(2_500)],
      ['c', 'x'],
    ]);
    expect(await spent(built, () => cache.delete('a'))).toEqual({ total: [0, 1] });
    expect(await spent(built, () => cache.evictTags('red', 'blue'))).toEqual({ total: [0, 2] });
    expect(await spent(built, () => cache.clearPrefix('b'))).toEqual({ total: [0, 3] });
    expect(await spent(built, () => cache.clear())).toEqual({ total: [0, 1] });
    expect(await spent(built, () => cache.ping())).toEqual({ total: [0.5, 0] });
  });
});

describe('nothing is spent', () => {
  it('on hits in memory and in a request scope', async () => {
    const built = buildCache({ memory: { maxEntries: 10, maxBytes: 1_000, ttlMs: MINUTE, isolate: true } });
    const { cache } = built;
    await cache.getOrLoad('a', load);
    const hits = () =>
      cache.runInScope(async () => {
        for (let i = 0; i < 3; i++) await cache.getOrLoad('a', load);
      });
    expect(await spent(built, hits)).toEqual({ total: [0, 0] });
  });

  it('on what the breaker keeps back, and what got no answer', async () => {
    const built = buildCache();
    built.store.before = sick;
    const misses = async () => {
      for (let i = 0; i < 10; i++) await built.cache.getOrLoad('a', load);
    };
    expect(await spent(built, misses)).toEqual({ total: [0, 0] });
  });
});

it('consistent reads cost double', async () => {
  const [plain, consistent] = [buildCache(), buildCache({ consistentRead: true })];
  const large = 'x'.repeat(5_000);
  for (const { cache } of [plain, consistent]) await cache.getOrLoad('a', () => large);
  const hit = ({ cache }: typeof plain) => cache.getOrLoad('a', load);
  expect(await spent(plain, () => hit(plain))).toEqual({ total: [1, 0] });
  // The stamp of the namespace is not remembered, either.
  expect(await spent(consistent, () => hit(consistent))).toEqual({ total: [3, 0] });
});

it('bytes are those of the items', async () => {
  const { cache } = buildCache();
  await cache.set('a', 'x'.repeat(1_000));
  const { bytes } = cache.stats();
  expect(bytes).toBeGreaterThan(1_050);
  expect(bytes).toBeLessThan(1_150);
  await cache.get('a');
  expect(cache.stats().bytes).toBe(2 * bytes);
});
