import { afterEach, describe, expect, it, vi } from 'vitest';
import { MINUTE, SECOND, buildCache, buildOther, sick } from './build-cache';
import { times } from './time';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('jitter', () => {
  it.each([
    [0, 100 * SECOND],
    [0.5, 95 * SECOND],
    [0.999999, 90 * SECOND + 0.01],
  ])('takes off at most its share of a life: chance %d', async (chance, lifeMs) => {
    vi.spyOn(Math, 'random').mockReturnValue(chance);
    const { cache, clock } = buildCache();
    const keep = [
      () => cache.getOrLoad('a', () => 'x', { ttl: '100s', jitter: 0.1 }),
      () => cache.set('a', 'x', { ttl: '100s', jitter: 0.1 }),
    ];
    for (const keepIt of keep) {
      await keepIt();
      clock.advance(Math.floor(lifeMs) - 1);
      expect(await cache.get('a')).toBe('x');
      clock.advance(2);
      expect(await cache.get('a')).toBeUndefined();
    }
  });

  it('is the cache’s where a call says nothing, and moves the end with it', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const { cache, clock } = buildCache({ policy: { ttlMs: 100 * SECOND, jitter: 0.5 } });
    await cache.getOrLoad('a', () => 'x');
    clock.advance(75 * SECOND);
    expect(await cache.get('a')).toBeUndefined();
  });

  it.each([true, 1, -0.5, 2, NaN, '0.1'])('%s is refused', async (jitter) => {
    const { cache } = buildCache();
    const call = cache.getOrLoad('a', () => 'x', { jitter: jitter as number });
    await expect(call).rejects.toMatchObject({ code: 'INVALID_OPTIONS', option: 'jitter' });
  });
});

describe('a ttl by the result', () => {
  it('is asked with it', async () => {
    const { cache, clock } = buildCache();
    const ttl = vi.fn(({ s }: { s: number }) => s * SECOND);
    for (const s of [1, 2]) await cache.getOrLoad(`k${s}`, () => ({ s }), { ttl });
    clock.advance(SECOND);
    expect([await cache.get('k1'), await cache.get('k2')]).toEqual([undefined, { s: 2 }]);
    expect(ttl.mock.calls).toEqual([[{ s: 1 }], [{ s: 2 }]]);
  });

  it.each([
    ['false', () => false as const],
    ['zero', () => 0],
    ['NaN', () => NaN],
    ['nonsense', () => 'soon' as '1s'],
    ['nothing', () => undefined as unknown as false],
    ['an error', sick],
  ])('that is %s keeps nothing, and gives the caller its value', async (_, ttl) => {
    const { cache, store } = buildCache();
    expect(await cache.getOrLoad('a', () => 'x', { ttl })).toBe('x');
    expect(store.count('fill')).toBe(0);
    await cache.runInScope(async () => {
      await cache.getOrLoad('b', () => 'x', { ttl });
      expect(await cache.getOrLoad('b', () => 'y', { ttl })).toBe('y');
    });
  });

  it('that throws is said once', async () => {
    const { cache, lines } = buildCache();
    for (const key of ['menu(1)', 'menu(2)']) await cache.getOrLoad(key, () => 'x', { ttl: sick });
    expect(lines.all).toEqual([expect.stringContaining('"ttl" of menu')]);
  });

  it('beyond maxTtl counts as that', async () => {
    const { cache, clock } = buildCache({ policy: { ttlMs: SECOND, maxTtlMs: MINUTE } });
    await cache.getOrLoad('a', () => 'x', { ttl: () => '1h' });
    clock.advance(MINUTE);
    expect(await cache.get('a')).toBeUndefined();
  });

  it('that is false in a set evicts what stood there', async () => {
    const { cache } = buildCache();
    await cache.set('a', 'old');
    expect(await cache.set('a', 'new', { ttl: () => false })).toBe(false);
    expect(await cache.get('a')).toBeUndefined();
  });
});

describe('undefined and null', () => {
  it.each([undefined, null, false, 0, '', NaN])('%s is a value, and hits', async (value) => {
    const here = buildCache();
    const load = vi.fn(() => value);
    for (const { cache } of [here, here, buildOther(here)]) {
      expect(await cache.getOrLoad('a', load)).toBe(value);
    }
    expect(load).toHaveBeenCalledTimes(1);
    expect((await here.cache.getMany(['a', 'b'])).has('a')).toBe(true);
    expect((await here.cache.getMany(['a', 'b'])).has('b')).toBe(false);
  });
});

describe('cacheErrors', () => {
  class NotFound extends Error {
    override name = 'NotFound';
  }
  const keepNotFound = (error: unknown) => ((error as Error).name === 'NotFound' ? '10s' : false);
  const options = { cacheErrors: keepNotFound, ttl: '1m' } as const;
  const missing = () =>
    vi.fn(() => Promise.reject<string>(Object.assign(new RangeError('no 7'), { name: 'NotFound', id: 7 })));

  it('keeps the chosen ones for their short life, and throws their equals', async () => {
    const here = buildCache();
    const there = buildOther(here);
    const load = missing();
    const errors = [];
    for (const { cache } of [here, here, there]) {
      errors.push(await cache.getOrLoad('a', load, options).catch((error: unknown) => error));
    }
    expect(load).toHaveBeenCalledTimes(1);
    for (const error of errors) {
      expect(error).toBeInstanceOf(RangeError);
      expect(error).toMatchObject({ name: 'NotFound', message: 'no 7', id: 7 });
    }
    expect(errors[1]).not.toBe(errors[2]);
    here.clock.advance(10 * SECOND);
    expect(await there.cache.getOrLoad('a', () => 'found', options)).toBe('found');
  });

  it('keeps no others', async () => {
    const { cache, store } = buildCache();
    for (let i = 0; i < 2; i++) await expect(cache.getOrLoad('a', sick, options)).rejects.toThrow('sick');
    expect([cache.stats().loads, store.count('fill')]).toEqual([2, 0]);
  });

  it.each([
    ['an error', sick],
    ['nonsense', () => 'soon' as '1s'],
    ['true', () => true as unknown as false],
  ])('that answers with %s keeps nothing, and the loader’s error arrives', async (_, cacheErrors) => {
    const { cache, store } = buildCache();
    const error = new NotFound('no 7');
    const call = cache.getOrLoad('a', () => Promise.reject(error), { cacheErrors });
    await expect(call).rejects.toBe(error);
    expect(store.count('fill')).toBe(0);
  });

  it('keeps no error of a class that is not named in types, and says nothing else to the caller', async () => {
    class Odd {
      readonly code = 7;
    }
    const { cache, store } = buildCache();
    const odd = new Odd();
    const call = cache.getOrLoad('a', () => Promise.reject(odd as unknown as Error), {
      cacheErrors: () => '1s',
    });
    await expect(call).rejects.toBe(odd);
    expect([store.count('fill'), cache.stats().uncacheable]).toEqual([0, 1]);
  });

  it('never puts one over a value that may still stand in', async () => {
    const { cache, clock } = buildCache();
    const both = { ...options, staleIfError: '5m' } as const;
    await cache.getOrLoad('a', () => 'old', both);
    clock.advance(MINUTE);
    expect(await cache.getOrLoad('a', missing(), both)).toBe('old');
    clock.advance(5 * SECOND);
    expect(await cache.getOrLoad('a', () => 'new', both)).toBe('new');
  });

  it('lets no error stand in past its own life', async () => {
    const { cache, clock } = buildCache();
    const stale = { ...options, staleWhileRevalidate: '5m', staleIfError: '5m' } as const;
    await expect(cache.getOrLoad('a', missing(), stale)).rejects.toThrow('no 7');
    clock.advance(10 * SECOND);
    expect(await cache.getOrLoad('a', () => 'found', stale)).toBe('found');
  });

  it('is a miss for get, getMany and getEntry', async () => {
    const { cache } = buildCache();
    await cache.getOrLoad('a', missing(), options).catch(() => undefined);
    expect(await cache.get('a')).toBeUndefined();
    expect(await cache.getEntry('a')).toBeUndefined();
    expect([...(await cache.getMany(['a']))]).toEqual([]);
    expect(cache.stats()).toMatchObject({ hits: 0, misses: 4 });
  });

  it('holds in a request, too', async () => {
    const { cache } = buildCache();
    const load = missing();
    await cache.runInScope(async () => {
      for (let i = 0; i < 3; i++) await expect(cache.getOrLoad('a', load, options)).rejects.toThrow('no 7');
    });
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('is overtaken by evictions like any value', async () => {
    const { cache } = buildCache();
    await cache.getOrLoad('a', missing(), options).catch(() => undefined);
    await cache.delete('a');
    expect(await cache.getOrLoad('a', () => 'found', options)).toBe('found');
  });

  it('shares the very error with callers who share the load', async () => {
    const { cache } = buildCache();
    const load = missing();
    const found = await Promise.allSettled(times(5, () => cache.getOrLoad('a', load, options)));
    expect(load).toHaveBeenCalledTimes(1);
    expect(new Set(found.map((result) => (result as PromiseRejectedResult).reason as unknown)).size).toBe(1);
  });
});

describe('a request that joined another’s load', () => {
  it('remembers what it was given', async () => {
    const { cache } = buildCache();
    const load = vi.fn(async () => ({ n: 1 }));
    const requests = times(3, () =>
      cache.runInScope(async () => {
        await cache.getOrLoad('a', load);
        return cache.getOrLoad('a', load);
      }),
    );
    expect(await Promise.all(requests)).toEqual(times(3, () => ({ n: 1 })));
    expect(load).toHaveBeenCalledTimes(1);
    expect(cache.stats()).toMatchObject({ scopeHits: 3 });
  });

  it('forgets it when an eviction comes before the load ends', async () => {
    const { cache } = buildCache();
    const load = vi.fn(async () => {
      await cache.delete('a');
      return 'old';
    });
    const request = () =>
      cache.runInScope(async () => {
        await cache.getOrLoad('a', load);
        return cache.get('a');
      });
    expect(await Promise.all([request(), request()])).toEqual([undefined, undefined]);
  });

  it('fills anew when what it loaded has expired while it goes on', async () => {
    const here = buildCache();
    await here.cache.runInScope(async () => {
      expect(await here.cache.getOrLoad('a', () => 1, { ttl: '1s' })).toBe(1);
      here.clock.advance(SECOND);
      expect(await here.cache.getOrLoad('a', () => 2, { ttl: '1m' })).toBe(2);
    });
    expect(await buildOther(here).cache.get('a')).toBe(2);
  });
});
