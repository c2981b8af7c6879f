import { AsyncLocalStorage } from 'node:async_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, vi } from 'vitest';
import type { MemoryTierOptions } from '../../lib/tiers/memory-tier';
import { type Built, MINUTE, SECOND, at, buildCache, buildOther, entryOf, sick } from './build-cache';
import { HeldLoader, quiet } from './deferred';
import { times } from './time';

const MEMORY: MemoryTierOptions = { maxEntries: 100, maxBytes: 1e6, ttlMs: 5 * SECOND, isolate: true };
const call = { signal: new AbortController().signal };

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

const withMemory = (memory: Partial<MemoryTierOptions> = {}): Built =>
  buildCache({ memory: { ...MEMORY, ...memory } });

/** How often the table was asked for a key by what follows. */
async function readsDuring(built: Built, work: () => Promise<unknown>, key = 'a'): Promise<number> {
  const before = built.store.readsOf(key);
  await work();
  return built.store.readsOf(key) - before;
}

describe('the memory tier', () => {
  it('answers without a read what the table has said', async () => {
    const built = withMemory();
    await buildOther(built).cache.set('a', 'x');
    const { cache } = built;
    for (let i = 0; i < 3; i++) expect(await cache.get('a')).toBe('x');
    expect(built.store.readsOf('a')).toBe(1);
    expect(cache.stats()).toMatchObject({ hits: 3, memoryHits: 2 });
  });

  it('answers without a read what this process has loaded', async () => {
    const { cache, store } = withMemory();
    await cache.getOrLoad('a', () => 'x');
    expect(await cache.getOrLoad('a', () => 'not asked')).toBe('x');
    expect(store.readsOf('a')).toBe(1);
  });

  it('answers nobody who names a tag that was not read, however often it has answered others', async () => {
    const built = withMemory();
    const { cache } = built;
    await buildOther(built).cache.evictTags('t');
    for (let i = 0; i < 3; i++) await cache.getOrLoad('a', () => 'old');
    expect(cache.stats().memoryHits).toBe(2);
    expect(await cache.getOrLoad('a', () => 'new', { tags: ['t'] })).toBe('new');
  });

  it('remembers no absence', async () => {
    const built = withMemory();
    await built.cache.get('a');
    await buildOther(built).cache.set('a', 'x');
    expect(await built.cache.get('a')).toBe('x');
  });

  it.each(['advance', 'jump'] as const)(
    'asks the table again after its ttl, by either clock: %s',
    async (move) => {
      const built = withMemory();
      await built.cache.getOrLoad('a', () => 'x');
      built.clock[move](5 * SECOND - 1);
      expect(await readsDuring(built, () => built.cache.get('a'))).toBe(0);
      built.clock[move](1);
      expect(await readsDuring(built, () => built.cache.get('a'))).toBe(1);
    },
  );

  it('sees this process’s evictions at once, and another’s after its ttl', async () => {
    const here = withMemory();
    const there = buildOther(here, { memory: MEMORY });
    for (const { cache } of [here, there]) await cache.getOrLoad('a', () => 'old');
    await here.cache.delete('a');
    expect([await here.cache.get('a'), await there.cache.get('a')]).toEqual([undefined, 'old']);
    there.clock.advance(5 * SECOND);
    expect(await there.cache.get('a')).toBeUndefined();
  });

  it.each([
    ['delete', (c: Built['cache']) => c.delete('menu()')],
    ['evictTags', (c: Built['cache']) => c.evictTags('t')],
    ['evictMethod', (c: Built['cache']) => c.evictMethod('menu')],
    ['clear', (c: Built['cache']) => c.clear()],
    ['clearPrefix', (c: Built['cache']) => c.clearPrefix('menu')],
    ['set', (c: Built['cache']) => c.set('menu()', 'new')],
  ])(
    'serves nothing old after %s of this process, to readers of the key alone either',
    async (how, evict) => {
      const { cache } = withMemory();
      await cache.getOrLoad('menu()', () => 'old', { tags: ['t'] });
      expect(await cache.get('menu()')).toBe('old');
      await evict(cache);
      expect(await cache.get('menu()')).toBe(how === 'set' ? 'new' : undefined);
    },
  );

  it('serves nothing old after an eviction of this process that did not reach the table', async () => {
    const { cache, store } = withMemory();
    await cache.getOrLoad('a', () => 'old', { tags: ['t'] });
    store.before = sick;
    await cache.evictTags('t');
    expect(await cache.get('a')).toBeUndefined();
  });

  it('does not answer a caller who names a tag that it knows nothing of', async () => {
    const built = withMemory();
    await built.cache.getOrLoad('a', () => 'old');
    await buildOther(built).cache.evictTags('t');
    expect(await built.cache.getOrLoad('a', () => 'new', { tags: ['t'] })).toBe('new');
  });

  it('is not filled by a load that an eviction has overtaken, here or elsewhere', async () => {
    for (const where of ['here', 'there']) {
      const here = withMemory();
      const old = new HeldLoader<string>();
      const loading = here.cache.getOrLoad('a', old.load);
      await old.began;
      await (where === 'here' ? here : buildOther(here)).cache.delete('a');
      old.release('old');
      await loading;
      expect(await here.cache.get('a')).toBeUndefined();
    }
  });

  it('counts its ttl from the beginning of a load: what was evicted elsewhere meanwhile is not served after it', async () => {
    const here = withMemory();
    const old = new HeldLoader<string>();
    const loading = here.cache.getOrLoad('a', old.load, { tags: ['t'] });
    await old.began;
    await buildOther(here).cache.evictTags('t');
    here.clock.advance(5 * SECOND);
    old.release('old');
    await loading;
    expect(await here.cache.get('a')).toBeUndefined();
  });

  it('keeps for a moment what was loaded past a sick table', async () => {
    const { cache, store } = withMemory();
    store.before = sick;
    const load = vi.fn(() => 'x');
    for (let i = 0; i < 3; i++) await cache.getOrLoad('a', load, { tags: ['t'] });
    expect(load).toHaveBeenCalledTimes(1);
    await cache.evictTags('t');
    expect(await cache.get('a')).toBeUndefined();
  });

  it.each(['advance', 'jump'] as const)(
    'serves nothing past its life, to the millisecond: %s',
    async (move) => {
      const { cache, clock } = withMemory({ ttlMs: 10 * MINUTE });
      await cache.getOrLoad('a', () => 'x', { ttl: '1m' });
      clock[move](MINUTE - 1);
      expect(await cache.get('a')).toBe('x');
      clock[move](1);
      expect(await cache.get('a')).toBeUndefined();
    },
  );

  it('keeps what is stale for no one: it is read, and refreshed once', async () => {
    const built = withMemory({ ttlMs: 10 * MINUTE });
    const options = { ttl: '1m', staleWhileRevalidate: '5m' } as const;
    await built.cache.getOrLoad('a', () => 'old', options);
    built.clock.advance(MINUTE);
    const load = vi.fn(() => 'new');
    const found = await Promise.all(times(5, () => built.cache.getOrLoad('a', load, options)));
    await quiet();
    expect([found, load.mock.calls.length]).toEqual([times(5, () => 'old'), 1]);
    expect(await built.cache.get('a')).toBe('new');
  });

  it('answers nobody with what is stale: another process may have refreshed it', async () => {
    const built = withMemory({ ttlMs: 10 * MINUTE });
    const options = { ttl: '1m', staleWhileRevalidate: '5m' } as const;
    await built.cache.getOrLoad('a', () => 'old', options);
    built.clock.advance(MINUTE);
    await buildOther(built).cache.set('a', 'refreshed');
    expect(await built.cache.getOrLoad('a', () => 'new', options)).toBe('refreshed');
  });

  it('does not believe what lives for longer than anything may, once the wall clock is set back', async () => {
    const { cache, clock } = withMemory();
    await cache.getOrLoad('a', () => 'old');
    clock.jump(-365 * 24 * 60 * MINUTE);
    expect(await cache.getOrLoad('a', () => 'new')).toBe('new');
  });

  it('refreshes ahead what it holds, in the table, too', async () => {
    const built = withMemory({ ttlMs: 10 * MINUTE });
    const options = { ttl: '1m', refreshAhead: 0.5 } as const;
    await built.cache.getOrLoad('a', () => 'old', options);
    built.clock.advance(MINUTE / 2);
    await built.cache.getOrLoad('a', () => 'new', options);
    await quiet();
    expect(await built.cache.getOrLoad('a', () => 'not asked', options)).toBe('new');
    expect(await buildOther(built).cache.get('a')).toBe('new');
  });

  it('gives each caller a copy', async () => {
    const { cache } = withMemory();
    const loaded = await cache.getOrLoad('a', () => ({ n: 1 }));
    loaded.n = 2;
    const first = await cache.getOrLoad('a', () => ({ n: 0 }));
    first.n = 3;
    expect(await cache.getOrLoad('a', () => ({ n: 0 }))).toEqual({ n: 1 });
  });

  it.each(['memory', 'the request scope'])('gives a copy out of %s each time it is asked', async (where) => {
    const { cache } = buildCache(where === 'memory' ? { memory: MEMORY } : {});
    const menu = () => ({ name: 'menu', dishes: [{ name: 'soup', at: new Date(5) }], sizes: [1, 2] });
    const all = [
      menu(),
      { ...menu(), note: 'x'.repeat(5_000) },
      new Map([['a', menu()]]),
      [menu(), new Set([1])],
    ];
    await cache.runInScope(async () => {
      for (const [i, value] of all.entries()) {
        const copies: unknown[] = [];
        for (let times = 0; times < 5; times++) {
          const copy = await cache.getOrLoad(`v${i}`, () => structuredClone(value));
          expect(copy).toEqual(value);
          const part = copy instanceof Map ? copy.get('a') : Array.isArray(copy) ? copy[0] : copy;
          (part as ReturnType<typeof menu>).dishes[0]!.at.setTime(0);
          (part as ReturnType<typeof menu>).sizes.push(3);
          copies.push(copy, part);
        }
        expect(new Set(copies).size).toBe(i === 0 || i === 1 ? 5 : 10);
      }
    });
  });

  it('rejects each caller with a copy of an error that is kept', async () => {
    const { cache } = withMemory();
    const load = vi.fn(() => Promise.reject(new TypeError('gone')));
    const errors: unknown[] = [];
    for (let i = 0; i < 4; i++) {
      // A rejection, never a throw.
      const call = cache.getOrLoad('a', load, { cacheErrors: () => '1m' });
      errors.push(await call.catch((error: unknown) => error));
    }
    expect(errors).toEqual(Array.from({ length: 4 }, () => new TypeError('gone')));
    expect([new Set(errors).size, load.mock.calls.length]).toEqual([4, 1]);
    expect(cache.stats()).toMatchObject({ memoryHits: 3 });
  });

  it('hands out one object with isolate: false', async () => {
    const { cache } = withMemory({ isolate: false });
    await cache.getOrLoad('a', () => ({ n: 1 }));
    const found = await Promise.all(times(3, () => cache.getOrLoad('a', () => ({ n: 0 }))));
    expect(new Set(found).size).toBe(1);
    expect(found[0]).toEqual({ n: 1 });
  });

  it('rejects every caller with the error that is kept with isolate: false, too', async () => {
    const { cache } = withMemory({ isolate: false });
    const read = () => cache.getOrLoad('a', sick, { cacheErrors: () => '1m' });
    for (let i = 0; i < 3; i++) await expect(read()).rejects.toThrow('sick');
    expect(cache.stats()).toMatchObject({ memoryHits: 2, loads: 1 });
  });

  it('with isolate: false hands out another object once the value has changed', async () => {
    const { cache } = withMemory({ isolate: false });
    const read = () => cache.getOrLoad('a', () => ({ n: 0 }));
    await cache.getOrLoad('a', () => ({ n: 1 }));
    const first = await read();
    await cache.set('a', { n: 2 });
    await read();
    const second = await read();
    expect([first, second]).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it('with isolate: false keeps nothing of the request that asked first', async () => {
    const { cache } = withMemory({ isolate: false });
    const requests = new AsyncLocalStorage<object>();
    const read = () => cache.getOrLoad('a', () => ({ n: 1 }));
    await read();
    // In a function of its own, so that nothing on the stack holds the request.
    const first = ((): WeakRef<object> => {
      const request = { of: 'somebody' };
      requests.run(request, () => void read());
      return new WeakRef(request);
    })();
    await quiet();
    collectGarbage();
    expect(first.deref()).toBeUndefined();
    expect(await read()).toEqual({ n: 1 });
  });

  it('is shared by requests, and a request remembers what it said', async () => {
    const built = withMemory();
    await built.cache.getOrLoad('a', () => 'x');
    await built.cache.runInScope(async () => {
      expect(await built.cache.get('a')).toBe('x');
      built.clock.advance(6 * SECOND);
      expect(await built.cache.get('a')).toBe('x');
    });
    expect(built.cache.stats()).toMatchObject({ memoryHits: 1, scopeHits: 1 });
    expect(built.store.readsOf('a')).toBe(1);
  });
});

describe('the memory tier is bounded', () => {
  it('counts twice what may be kept beside its bytes decoded', async () => {
    const built = withMemory({ maxBytes: 10_000 });
    for (const key of ['a', 'b']) await built.cache.getOrLoad(key, () => 'x'.repeat(3_000));
    expect(await readsDuring(built, () => built.cache.get('a'), 'a')).toBe(1);
    for (const key of ['c', 'd']) await built.cache.getOrLoad(key, () => 'x'.repeat(4_200));
    expect(await readsDuring(built, () => built.cache.get('c'), 'c')).toBe(0);
  });

  it('to so many values', async () => {
    const built = withMemory({ maxEntries: 3 });
    for (const key of ['a', 'b', 'c', 'd']) await built.cache.getOrLoad(key, () => key);
    expect(await readsDuring(built, () => built.cache.get('d'), 'd')).toBe(0);
    expect(await readsDuring(built, () => built.cache.get('a'), 'a')).toBe(1);
  });

  it('to so many bytes', async () => {
    const built = withMemory({ maxBytes: 10_000 });
    for (const key of ['a', 'b', 'c']) await built.cache.getOrLoad(key, () => 'x'.repeat(4_000));
    expect(await readsDuring(built, () => built.cache.get('c'), 'c')).toBe(0);
    expect(await readsDuring(built, () => built.cache.get('a'), 'a')).toBe(1);
  });

  it('and a value larger than all of it pushes nobody out', async () => {
    const built = withMemory({ maxBytes: 10_000 });
    await built.cache.getOrLoad('a', () => 'x');
    await built.cache.getOrLoad('b', () => 'x'.repeat(20_000));
    expect(await readsDuring(built, () => built.cache.get('a'))).toBe(0);
    expect(await readsDuring(built, () => built.cache.get('b'), 'b')).toBe(1);
  });
});

describe('a process that was frozen', () => {
  const HOUR = 60 * MINUTE;

  // An hour passes while something is on its way; a suspended machine's monotonic clock may have stood still.
  describe.each(['advance', 'jump'] as const)('for an hour, by the clocks that %s', (move) => {
    it('serves nothing that has expired while it was read', async () => {
      const { cache, clock, store } = buildCache();
      await cache.set('a', 'old', { ttl: '10m' });
      store.after = (operation) => {
        if (operation === 'read') clock[move](HOUR);
      };
      expect(await cache.getOrLoad('a', () => 'new')).toBe('new');
    });

    it('serves nothing stale past its window either', async () => {
      const { cache, clock, store } = buildCache();
      const options = { ttl: '10m', staleWhileRevalidate: '10m', staleIfError: '20m' } as const;
      await cache.set('a', 'old', options);
      store.after = (operation) => {
        if (operation === 'read') clock[move](HOUR);
      };
      await expect(cache.getOrLoad('a', sick, options)).rejects.toThrow('sick');
    });

    it('writes nothing that was loaded before', async () => {
      const { cache, clock, store } = buildCache();
      const load = () => {
        clock[move](HOUR);
        return 'old';
      };
      expect(await cache.getOrLoad('a', load, { ttl: '1d' })).toBe('old');
      expect(store.count('fill')).toBe(0);
    });

    it('serves nothing out of its memories that others have evicted', async () => {
      const here = withMemory();
      await here.cache.runInScope(async () => {
        await here.cache.getOrLoad('menu()', () => 'old', { ttl: '1d' });
        await buildOther(here).cache.evictMethod('menu');
        here.clock[move](HOUR);
        expect(await here.cache.get('menu()')).toBeUndefined();
      });
    });
  });

  it('serves nothing that has ended, however long a reader would let it stand in', async () => {
    const { cache, clock, store } = buildCache();
    const now = clock.now();
    const times = { freshUntilMs: now + SECOND, endsAtMs: now + MINUTE };
    await store.put(at('a'), entryOf('old', now, times), call);
    // Frozen between the read and the answer: the value is decoded in that turn.
    let isFrozen = false;
    const wall = clock.now.bind(clock);
    clock.now = () => wall() + (isFrozen ? 2 * MINUTE : 0);
    store.after = () => {
      setImmediate(() => {
        isFrozen = true;
      });
    };
    isFrozen = false;
    clock.advance(2 * MINUTE);
    expect(await cache.getOrLoad('a', () => 'new', { staleWhileRevalidate: '1d', staleIfError: '1d' })).toBe(
      'new',
    );
  });
});
