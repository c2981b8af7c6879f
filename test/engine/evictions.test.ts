import { describe, expect, it, vi } from 'vitest';
import { DAY, MINUTE, SECOND, buildCache, buildOther, sick } from './build-cache';
import { HeldLoader, deferred, quiet } from './deferred';

const HALF_A_TOMBSTONE = 30 * MINUTE;

describe('an eviction during a load', () => {
  it('leaves the caller its value, which is not written', async () => {
    const { cache, store } = buildCache();
    const loader = new HeldLoader<string>();
    const call = cache.getOrLoad('a', loader.load);
    await loader.began;
    await cache.delete('a');
    loader.release('old');

    expect(await call).toBe('old');
    expect(await cache.get('a')).toBeUndefined();
    expect(store.count('fill')).toBe(0);
    expect(cache.stats()).toMatchObject({ fills: 0, fillsDropped: 1 });
  });

  it('is seen by later callers: they load anew and keep what they load', async () => {
    const { cache } = buildCache();
    const old = new HeldLoader<string>();
    const first = cache.getOrLoad('a', old.load);
    await old.began;
    await cache.delete('a');

    expect(await cache.getOrLoad('a', () => 'new')).toBe('new');
    old.release('old');
    expect(await first).toBe('old');
    expect(await cache.get('a')).toBe('new');
  });

  it('is seen by callers who cannot read the table', async () => {
    const { cache, store } = buildCache();
    const old = new HeldLoader<string>();
    const first = cache.getOrLoad('a', old.load);
    await old.began;
    await cache.delete('a');
    store.before = sick;

    expect(await cache.getOrLoad('a', () => 'new')).toBe('new');
    old.release('old');
    expect(await first).toBe('old');
  });

  it('counts although it does not reach the table', async () => {
    const { cache, store } = buildCache();
    store.before = sick;
    const old = new HeldLoader<string>();
    const first = cache.getOrLoad('a', old.load);
    await old.began;

    expect(await cache.delete('a')).toBe(false);
    expect(await cache.getOrLoad('a', () => 'new')).toBe('new');
    old.release('old');
    expect(await first).toBe('old');
  });

  it('that the loader itself begins overtakes its own load', async () => {
    const { cache, store } = buildCache();
    store.before = sick;
    const old = new HeldLoader<string>();
    const first = cache.getOrLoad('a', () => {
      void cache.delete('a');
      return old.load();
    });
    await old.began;
    await quiet();

    expect(await cache.getOrLoad('a', () => 'new')).toBe('new');
    old.release('old');
    expect(await first).toBe('old');
  });

  it('of another key changes nothing', async () => {
    const { cache } = buildCache();
    const loader = new HeldLoader<string>();
    const call = cache.getOrLoad('a', loader.load);
    await loader.began;
    await cache.delete('b');
    loader.release('x');
    await call;
    expect(await cache.get('a')).toBe('x');
  });

  it('in another process drops the fill, and readers of the tombstone load anew', async () => {
    const here = buildCache();
    const there = buildOther(here);
    const old = new HeldLoader<string>();
    const first = here.cache.getOrLoad('a', old.load);
    await old.began;
    await there.cache.delete('a');
    old.release('old');

    expect(await first).toBe('old');
    expect(here.cache.stats()).toMatchObject({ fills: 0, fillsDropped: 1 });
    expect(here.store.count('fill')).toBe(1);
    expect(await there.cache.get('a')).toBeUndefined();
    expect(await here.cache.getOrLoad('a', () => 'new')).toBe('new');
    expect(await there.cache.get('a')).toBe('new');
  });

  it('in another process drops a fill over an expired entry, too', async () => {
    const here = buildCache();
    const there = buildOther(here);
    await here.cache.set('a', 'first', { ttl: '1s' });
    here.clock.advance(SECOND);
    const old = new HeldLoader<string>();
    const call = here.cache.getOrLoad('a', old.load);
    await old.began;
    await there.cache.delete('a');
    old.release('old');

    expect(await call).toBe('old');
    expect(await there.cache.get('a')).toBeUndefined();
  });
});

describe('while an eviction is on its way', () => {
  it.each(['delete', 'set', 'clear'] as const)('no load from before %s is joined', async (how) => {
    const { cache, store } = buildCache();
    const old = new HeldLoader<string>();
    const first = cache.getOrLoad('a', old.load);
    await old.began;
    const arrival = deferred();
    store.before = (operation) => (operation === 'read' ? undefined : arrival.promise);
    const evict = {
      delete: () => cache.delete('a'),
      set: () => cache.set('a', 'put'),
      clear: () => cache.clear(),
    };
    const evicting = evict[how]();
    const second = cache.getOrLoad('a', () => 'new');
    await quiet();
    expect(cache.stats()).toMatchObject({ loads: 2, joined: 0 });
    arrival.resolve();
    old.release('old');
    await evicting;
    expect([await first, await second]).toEqual(['old', 'new']);
  });
});

describe('a load that begins while an eviction is on its way', () => {
  it('is not joined once the eviction has arrived', async () => {
    const { cache, store } = buildCache();
    const arrival = deferred();
    store.before = (operation) => (operation === 'evict' ? arrival.promise : undefined);
    const evicting = cache.delete('a');
    const old = new HeldLoader<string>();
    const first = cache.getOrLoad('a', old.load);
    await old.began;
    arrival.resolve();
    await evicting;
    store.before = sick;

    expect(await cache.getOrLoad('a', () => 'new')).toBe('new');
    old.release('old');
    expect(await first).toBe('old');
  });

  it('is not what a request scope goes on to serve', async () => {
    const { cache, store } = buildCache();
    await cache.set('a', 'old');
    const arrival = deferred();
    await cache.runInScope(async () => {
      store.before = (operation) => (operation === 'evict' ? arrival.promise : undefined);
      const evicting = cache.delete('a');
      expect(await cache.get('a')).toBe('old');
      arrival.resolve();
      await evicting;
      expect(await cache.get('a')).toBeUndefined();
    });
  });

  it('is joined by callers who came before the eviction arrived', async () => {
    const { cache, store } = buildCache();
    const arrival = deferred();
    store.before = (operation) => (operation === 'evict' ? arrival.promise : undefined);
    const evicting = cache.delete('a');
    const loader = new HeldLoader<string>();
    const calls = [cache.getOrLoad('a', loader.load), cache.getOrLoad('a', loader.load)];
    await loader.began;
    await quiet();
    arrival.resolve();
    await evicting;
    loader.release('x');

    expect(await Promise.all(calls)).toEqual(['x', 'x']);
    expect([loader.calls, cache.stats().fills]).toEqual([1, 0]);
  });
});

describe('a put during a load', () => {
  it('stands, and the loaded value is dropped', async () => {
    const { cache } = buildCache();
    const old = new HeldLoader<string>();
    const call = cache.getOrLoad('a', old.load);
    await old.began;
    expect(await cache.set('a', 'put')).toBe(true);
    old.release('old');

    expect(await call).toBe('old');
    expect(await cache.get('a')).toBe('put');
  });

  it('of another process stands, too', async () => {
    const here = buildCache();
    const there = buildOther(here);
    const old = new HeldLoader<string>();
    const call = here.cache.getOrLoad('a', old.load);
    await old.began;
    await there.cache.set('a', 'put');
    old.release('old');

    expect(await call).toBe('old');
    expect(await here.cache.get('a')).toBe('put');
  });

  it('of a value that cannot be kept evicts', async () => {
    const { cache } = buildCache();
    await cache.set('a', 'first');
    expect(await cache.set('a', () => 'a function')).toBe(false);
    expect(await cache.get('a')).toBeUndefined();
  });
});

describe('clear', () => {
  it('evicts everything with one small write', async () => {
    const { cache, store } = buildCache();
    for (const key of ['menu:1', 'user:1']) await cache.set(key, key);
    await cache.clear();
    const found = await Promise.all(['menu:1', 'user:1'].map((key) => cache.get(key)));
    expect(found).toEqual([undefined, undefined]);
    expect([store.count('evict'), store.count('evictAll')]).toEqual([1, 0]);
  });

  it('is tried again when the table fails, and rejects nothing', async () => {
    const { cache, store, clock } = buildCache();
    await cache.set('a', 'old');
    store.before = sick;
    await cache.clear();
    store.before = undefined;
    expect(await cache.get('a')).toBeUndefined();
    clock.advance(SECOND);
    await vi.waitUntil(() => cache.stats().store.evictions === 1);
    expect(await cache.get('a')).toBeUndefined();
  });
});

describe('clearPrefix', () => {
  it('evicts what starts with its prefix, and nothing else', async () => {
    const { cache } = buildCache();
    for (const key of ['menu:1', 'menu:2', 'user:1']) await cache.set(key, key);
    await cache.clearPrefix('menu:');
    const found = await Promise.all(['menu:1', 'menu:2', 'user:1'].map((key) => cache.get(key)));
    expect(found).toEqual([undefined, undefined, 'user:1']);
  });

  it('drops loads that began during it although it fails, since a part of it may be done', async () => {
    const { cache, store } = buildCache();
    const failure = deferred();
    store.before = (operation) => (operation === 'evictAll' ? failure.promise : undefined);
    const clearing = cache.clearPrefix('');
    const old = new HeldLoader<string>();
    const first = cache.getOrLoad('a', old.load);
    await old.began;
    failure.reject(new Error('the table is sick'));
    await expect(clearing).rejects.toThrow('the table is sick');
    old.release('old');

    expect(await first).toBe('old');
    expect(cache.stats()).toMatchObject({ fills: 0, fillsDropped: 1 });
  });

  it('rejects when the table fails, since half a flush is not kept quiet', async () => {
    const { cache, store } = buildCache();
    store.before = sick;
    await expect(cache.clearPrefix('')).rejects.toThrow('the table is sick');
  });
});

const WAYS = ['before', 'during'].flatMap((when) =>
  ['clear', 'clearPrefix'].map((how) => [when, how] as const),
);

describe('an eviction of everything', () => {
  it.each(WAYS)('drops loads that began %s %s', async (when, how) => {
    const { cache, store } = buildCache();
    const arrival = deferred();
    store.before = (operation) => (operation.startsWith('evict') ? arrival.promise : undefined);
    const old = new HeldLoader<string>();
    const clear = () => (how === 'clear' ? cache.clear() : cache.clearPrefix(''));
    let clearing = when === 'during' ? clear() : undefined;
    const first = cache.getOrLoad('a', old.load);
    await old.began;
    clearing ??= clear();
    arrival.resolve();
    await clearing;

    expect(await cache.getOrLoad('a', () => 'new')).toBe('new');
    old.release('old');
    expect(await first).toBe('old');
    expect(await cache.get('a')).toBe('new');
  });

  it.each(WAYS)('a request scope that read %s %s sees it', async (when, how) => {
    const { cache, store } = buildCache();
    await cache.set('a', 'old');
    const arrival = deferred();
    store.before = (operation) => (operation.startsWith('evict') ? arrival.promise : undefined);
    await cache.runInScope(async () => {
      const clear = () => (how === 'clear' ? cache.clear() : cache.clearPrefix(''));
      let clearing = when === 'during' ? clear() : undefined;
      expect(await cache.get('a')).toBe('old');
      clearing ??= clear();
      arrival.resolve();
      await clearing;
      expect(await cache.get('a')).toBeUndefined();
    });
  });
});

describe('a load that took so long that a tombstone may be gone', () => {
  it.each([
    ['just short enough by both clocks', 'advance', HALF_A_TOMBSTONE, 'x'],
    ['too long by both clocks', 'advance', HALF_A_TOMBSTONE + 1, undefined],
    ['too long by the wall clock, as after a suspension', 'jump', HALF_A_TOMBSTONE + 1, undefined],
    ['during which the wall clock was set back', 'jump', -DAY, 'x'],
  ] as const)('%s', async (_, move, ms, kept) => {
    const { cache, clock } = buildCache({ policy: { ttlMs: 30 * DAY } });
    const load = () => {
      clock[move](ms);
      return 'x';
    };
    expect(await cache.getOrLoad('a', load)).toBe('x');
    expect(await cache.get('a')).toBe(kept);
  });

  it('by the monotonic clock, while the wall clock was set back', async () => {
    const { cache, clock, store } = buildCache();
    await cache.getOrLoad('a', () => {
      clock.advance(2 * HALF_A_TOMBSTONE);
      clock.jump(-2 * HALF_A_TOMBSTONE);
    });
    expect(store.count('fill')).toBe(0);
  });
});

describe('reads after an eviction of this process', () => {
  it.each(['delete', 'set', 'clear'] as const)('are consistent for 5 seconds after %s', async (how) => {
    const { cache, store, clock } = buildCache();
    await cache.get('a');
    await { delete: () => cache.delete('a'), set: () => cache.set('a', 1), clear: () => cache.clear() }[
      how
    ]();
    clock.advance(5 * SECOND - 1);
    await cache.get('a');
    clock.advance(1);
    await cache.get('a');
    expect(store.consistent).toEqual([false, true, false]);
  });

  it('of other keys stay eventually consistent', async () => {
    const { cache, store } = buildCache();
    await cache.delete('a');
    await cache.get('b');
    expect(store.consistent).toEqual([false]);
  });

  it('are always consistent when the cache is told so', async () => {
    const { cache, store } = buildCache({ consistentRead: true });
    await cache.get('a');
    expect(store.consistent).toEqual([true]);
  });
});

describe('an eviction that does not reach the table', () => {
  it('is counted, said as an error, and rejects nothing', async () => {
    const { cache, store, lines } = buildCache();
    await cache.set('a', 1);
    store.before = sick;

    expect(await Promise.all([cache.delete('a'), cache.delete('b')])).toEqual([false, false]);
    expect(await cache.set('a', 2)).toBe(false);
    expect(cache.stats().store).toMatchObject({ lateEvictions: 3, lostEvictions: 0, evictions: 0 });
    expect(lines.errors).toEqual([expect.stringContaining('the table is sick')]);
  });

  it('is not what a request scope goes on to serve', async () => {
    const { cache, store } = buildCache();
    await cache.set('a', 'old');
    await cache.runInScope(async () => {
      await cache.get('a');
      store.before = sick;
      await cache.delete('a');
      expect(await cache.get('a')).toBeUndefined();
    });
  });
});

it('says whether there was a value to delete', async () => {
  const { cache, clock } = buildCache();
  await cache.set('a', 1, { ttl: '1s' });
  expect([await cache.delete('a'), await cache.delete('a'), await cache.delete('b')]).toEqual([
    true,
    false,
    false,
  ]);
  await cache.set('a', 1, { ttl: '1s' });
  clock.advance(SECOND);
  expect(await cache.delete('a')).toBe(false);
});
