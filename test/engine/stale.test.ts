import { afterEach, describe, expect, it, vi } from 'vitest';
import type { LoadOptions } from '../../lib/engine/call-options';
import type { DynamoCache } from '../../lib/engine/dynamo-cache';
import { LoaderTimeoutError } from '../../lib/engine/loader-timeout';
import { type Built, MINUTE, SECOND, buildCache, buildOther, sick } from './build-cache';
import { HeldLoader, quiet } from './deferred';
import { times } from './time';

const REVALIDATE = { ttl: '1m', staleWhileRevalidate: '5m' } as const;
const STAND_IN = { ttl: '1m', staleIfError: '5m' } as const;

/** A cache with an old value whose life of a minute is over. */
async function withStale(policy: LoadOptions<string>, options = {}): Promise<Built> {
  const built = buildCache(options);
  await built.cache.getOrLoad('a', () => 'old', policy);
  built.clock.advance(MINUTE);
  return built;
}

afterEach(() => {
  vi.useRealTimers();
});

describe('staleWhileRevalidate', () => {
  it('serves the stale value to all callers, and refreshes once behind them', async () => {
    const { cache } = await withStale(REVALIDATE);
    const loader = new HeldLoader<string>();
    const call = () => cache.getOrLoad('a', loader.load, REVALIDATE);
    expect(await Promise.all(times(50, call))).toEqual(times(50, () => 'old'));
    expect(await call()).toBe('old');
    loader.release('new');
    await quiet();
    expect([await call(), loader.calls]).toEqual(['new', 1]);
    expect(cache.stats()).toMatchObject({ loads: 2, fills: 2, stale: 51, hits: 1, misses: 1 });
  });

  it('keeps the refreshed value for other processes', async () => {
    const built = await withStale(REVALIDATE);
    await built.cache.getOrLoad('a', () => 'new', REVALIDATE);
    await quiet();
    expect(await buildOther(built).cache.get('a')).toBe('new');
  });

  it('is not for readers without a loader', async () => {
    const { cache } = await withStale(REVALIDATE);
    expect([await cache.get('a'), [...(await cache.getMany(['a']))]]).toEqual([undefined, []]);
  });

  it('asks a failing loader no sooner than every five seconds', async () => {
    const { cache, clock } = await withStale(REVALIDATE);
    const load = vi.fn(() => Promise.reject(new Error('sick')));
    const call = () => cache.getOrLoad('a', load, REVALIDATE);
    for (const [ms, calls] of [
      [0, 1],
      [5 * SECOND - 1, 1],
      [1, 2],
    ] as const) {
      clock.advance(ms);
      expect(await call()).toBe('old');
      await quiet();
      expect(load).toHaveBeenCalledTimes(calls);
    }
  });

  it('ends with its window, to the millisecond: then the value is loaded', async () => {
    const { cache, clock } = await withStale(REVALIDATE);
    clock.advance(5 * MINUTE - 1);
    expect(await cache.getOrLoad('a', () => Promise.reject(new Error('sick')), REVALIDATE)).toBe('old');
    await quiet();
    clock.advance(1);
    expect(await cache.getOrLoad('a', () => 'new', REVALIDATE)).toBe('new');
  });

  it('is what the reader asks for: one who asks for none loads', async () => {
    const { cache } = await withStale(REVALIDATE);
    expect(await cache.getOrLoad('a', () => 'new', { ttl: '1m' })).toBe('new');
  });

  it('serves nothing that an eviction has made gone', async () => {
    const { cache } = await withStale(REVALIDATE);
    await cache.delete('a');
    expect(await cache.getOrLoad('a', () => 'new', REVALIDATE)).toBe('new');
  });

  it('drops a refresh that an eviction has overtaken', async () => {
    const { cache } = await withStale(REVALIDATE);
    const loader = new HeldLoader<string>();
    await cache.getOrLoad('a', loader.load, REVALIDATE);
    await cache.delete('a');
    loader.release('refreshed');
    await quiet();
    expect(await cache.get('a')).toBeUndefined();
  });

  it('refreshes once for a request, however often that asks', async () => {
    const { cache, clock } = await withStale(REVALIDATE);
    const load = vi.fn(async () => 'new');
    await cache.runInScope(async () => {
      await cache.get('other');
      // Another request of this process refreshes meanwhile; this one goes on to serve what it read.
      expect(await cache.getOrLoad('a', load, REVALIDATE)).toBe('old');
      await quiet();
      expect(await cache.getOrLoad('a', load, REVALIDATE)).toBe('new');
      clock.advance(SECOND);
      expect(await cache.getOrLoad('a', load, REVALIDATE)).toBe('new');
    });
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('does not refresh anew for each request that was served before the refresh ended', async () => {
    const { cache } = await withStale(REVALIDATE);
    const loader = new HeldLoader<string>();
    const call = () => cache.getOrLoad('a', loader.load, REVALIDATE);
    const ended = new HeldLoader<undefined>();
    const requests = times(5, () =>
      cache.runInScope(async () => {
        await call();
        await ended.load();
        return call();
      }),
    );
    await loader.began;
    loader.release('new');
    await quiet();
    ended.release(undefined);
    await Promise.all(requests);
    expect(loader.calls).toBe(1);
  });

  it('is waited for by a shutdown', async () => {
    const { cache, store } = await withStale(REVALIDATE);
    const loader = new HeldLoader<string>();
    await cache.getOrLoad('a', loader.load, REVALIDATE);
    const closing = cache.close();
    await quiet();
    expect(store.isClosed).toBe(false);
    loader.release('new');
    await closing;
    expect([store.isClosed, store.count('fill')]).toEqual([true, 2]);
  });
});

describe('on a platform that freezes the process after the response', () => {
  const frozen = { isFrozenAfterResponse: true };

  it('a stale value is loaded before the answer', async () => {
    const { cache } = await withStale(REVALIDATE, frozen);
    expect(await cache.getOrLoad('a', () => 'new', REVALIDATE)).toBe('new');
    expect(await cache.get('a')).toBe('new');
  });

  it('it stands in when that fails', async () => {
    const { cache } = await withStale(REVALIDATE, frozen);
    expect(await cache.getOrLoad('a', sick, REVALIDATE)).toBe('old');
  });

  it('with waitUntil it is served, and the refresh is handed over', async () => {
    const works: Promise<unknown>[] = [];
    const { cache } = await withStale(REVALIDATE, {
      ...frozen,
      waitUntil: (work: Promise<unknown>) => works.push(work),
    });
    expect(await cache.getOrLoad('a', () => 'new', REVALIDATE)).toBe('old');
    expect(works).toHaveLength(1);
    await works[0];
    expect(await cache.get('a')).toBe('new');
  });

  it('work handed to waitUntil never rejects', async () => {
    const works: Promise<unknown>[] = [];
    const { cache } = await withStale(REVALIDATE, {
      ...frozen,
      waitUntil: (work: Promise<unknown>) => works.push(work),
    });
    await cache.getOrLoad('a', sick, REVALIDATE);
    await expect(works[0]).resolves.toBeUndefined();
  });

  it('a waitUntil that throws, as outside a request, harms no call', async () => {
    const { cache, lines } = await withStale(REVALIDATE, { ...frozen, waitUntil: sick });
    expect(await cache.getOrLoad('a', () => 'new', REVALIDATE)).toBe('old');
    await quiet();
    expect(await cache.getOrLoad('a', () => 'not asked', REVALIDATE)).toBe('new');
    expect(lines.all).toEqual([expect.stringContaining('waitUntil')]);
  });
});

describe('staleIfError', () => {
  const failing = () => vi.fn(() => Promise.reject<string>(new Error('sick')));

  it('serves the stale value when the loader fails, and asks it again after the throttle', async () => {
    const { cache, clock } = await withStale(STAND_IN);
    const load = failing();
    const call = () => cache.getOrLoad('a', load, STAND_IN);
    expect([await call(), await call(), load.mock.calls.length]).toEqual(['old', 'old', 1]);
    clock.advance(5 * SECOND - 1);
    expect([await call(), load.mock.calls.length]).toEqual(['old', 1]);
    clock.advance(1);
    expect([await call(), load.mock.calls.length]).toEqual(['old', 2]);
  });

  it('loads first: a loader that is well again is heard at once after the throttle', async () => {
    const { cache, clock } = await withStale(STAND_IN);
    await cache.getOrLoad('a', failing(), STAND_IN);
    clock.advance(5 * SECOND);
    expect(await cache.getOrLoad('a', () => 'new', STAND_IN)).toBe('new');
    expect(await cache.get('a')).toBe('new');
  });

  it('serves it to all callers who share the load that fails', async () => {
    const { cache } = await withStale(STAND_IN);
    const load = failing();
    const found = await Promise.all(times(20, () => cache.getOrLoad('a', load, STAND_IN)));
    expect([found, load.mock.calls.length]).toEqual([times(20, () => 'old'), 1]);
  });

  it('ends with its window: then the error arrives, unchanged', async () => {
    const { cache, clock } = await withStale(STAND_IN);
    clock.advance(5 * MINUTE - 1);
    expect(await cache.getOrLoad('a', failing(), STAND_IN)).toBe('old');
    clock.advance(1);
    const error = new Error('this one');
    await expect(cache.getOrLoad('a', () => Promise.reject(error), STAND_IN)).rejects.toBe(error);
  });

  it('takes over where staleWhileRevalidate ends', async () => {
    const both = { ttl: '1m', staleWhileRevalidate: '1m', staleIfError: '5m' } as const;
    const { cache, clock } = buildCache();
    await cache.getOrLoad('a', () => 'old', both);
    clock.advance(2 * MINUTE);
    expect(await cache.getOrLoad('a', sick, both)).toBe('old');
    clock.advance(3 * MINUTE);
    expect(await cache.getOrLoad('a', () => 'new', both)).toBe('new');
  });

  it('lets nothing stand in that an eviction has made gone', async () => {
    const { cache } = await withStale(STAND_IN);
    await cache.delete('a');
    await expect(cache.getOrLoad('a', sick, STAND_IN)).rejects.toThrow('sick');
  });

  it('forgets when a loader failed, by the wall clock too', async () => {
    const { cache, clock } = await withStale(STAND_IN);
    await cache.getOrLoad('a', failing(), STAND_IN);
    clock.jump(5 * SECOND);
    expect(await cache.getOrLoad('a', () => 'new', STAND_IN)).toBe('new');
  });
});

describe('staleIfError for some errors', () => {
  class RefusedError extends Error {}
  const refused = new RefusedError('no');
  const CHOSEN = {
    ttl: '1m',
    staleIfError: { for: '5m', when: (error: unknown) => !(error instanceof RefusedError) },
  } as const;
  const refusing = () => vi.fn(() => Promise.reject<string>(refused));

  it('serves the stale value for these, and throws the others unchanged', async () => {
    const { cache, clock } = await withStale(CHOSEN);
    expect(await cache.getOrLoad('a', sick, CHOSEN)).toBe('old');
    clock.advance(5 * SECOND);
    await expect(cache.getOrLoad('a', refusing(), CHOSEN)).rejects.toBe(refused);
    expect(await cache.getOrLoad('a', sick, CHOSEN)).toBe('old');
    clock.advance(5 * MINUTE);
    await expect(cache.getOrLoad('a', sick, CHOSEN)).rejects.toThrow('sick');
  });

  it('asks a loader that has refused again at once', async () => {
    const { cache } = await withStale(CHOSEN);
    await expect(cache.getOrLoad('a', refusing(), CHOSEN)).rejects.toBe(refused);
    expect(await cache.getOrLoad('a', () => 'new', CHOSEN)).toBe('new');
  });

  it('throws the error at all callers who share the load', async () => {
    const { cache } = await withStale(CHOSEN);
    const load = refusing();
    const calls = await Promise.allSettled(times(20, () => cache.getOrLoad('a', load, CHOSEN)));
    expect(calls).toEqual(times(20, () => ({ status: 'rejected', reason: refused })));
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('leaves a loader alone that has refused a refresh, and lets nothing stand in for that', async () => {
    const ahead = { ...CHOSEN, refreshAhead: 0.8 } as const;
    const { cache, clock } = buildCache();
    await cache.getOrLoad('a', () => 'old', ahead);
    clock.advance(MINUTE - SECOND);
    const load = refusing();
    for (let i = 0; i < 3; i++) {
      expect(await cache.getOrLoad('a', load, ahead)).toBe('old');
      await quiet();
    }
    expect(load).toHaveBeenCalledTimes(1);
    clock.advance(SECOND);
    await expect(cache.getOrLoad('a', load, ahead)).rejects.toBe(refused);
  });

  it("throws the loader's own error when it cannot tell", async () => {
    const when = () => {
      throw new Error('not this one');
    };
    const { cache } = await withStale({ ...STAND_IN, staleIfError: { for: '5m', when } });
    const options = { ...STAND_IN, staleIfError: { for: '5m', when } } as const;
    await expect(cache.getOrLoad('a', refusing(), options)).rejects.toBe(refused);
  });

  it('stands in for every error when it names none', async () => {
    const { cache } = await withStale(STAND_IN);
    const options = { ...STAND_IN, staleIfError: { for: '5m' } } as const;
    expect(await cache.getOrLoad('a', refusing(), options)).toBe('old');
  });

  it('is said for the whole cache, and otherwise for a method', async () => {
    const { when } = CHOSEN.staleIfError;
    const policy = { staleIfErrorMs: 5 * MINUTE, standsInFor: when };
    const { cache } = await withStale(STAND_IN, { policy });
    await expect(cache.getOrLoad('a', refusing(), { ttl: '1m' })).rejects.toBe(refused);
    expect(await cache.getOrLoad('a', refusing(), STAND_IN)).toBe('old');
  });
});

describe('staleIfError for a time that the result says', () => {
  interface Grant {
    readonly minutes: number;
  }
  const staleIfError = { for: ({ minutes }: Grant) => minutes > 0 && (`${minutes}m` as const) };
  const GRANT = { ttl: '1m', staleIfError } as const;

  it.each<[string, (cache: DynamoCache, grant: Grant) => Promise<unknown>]>([
    ['loaded', (cache, grant) => cache.getOrLoad('a', () => grant, GRANT)],
    ['set', (cache, grant) => cache.set('a', grant, GRANT)],
    ['added', (cache, grant) => cache.add('a', grant, GRANT)],
  ])('stands in for so long when it was %s, and no longer', async (_how, keep) => {
    for (const minutes of [2, 5]) {
      const { cache, clock } = buildCache();
      await keep(cache, { minutes });
      clock.advance((1 + minutes) * MINUTE - 1);
      expect(await cache.getOrLoad<Grant>('a', sick, GRANT)).toEqual({ minutes });
      clock.advance(1);
      await expect(cache.getOrLoad<Grant>('a', sick, GRANT)).rejects.toThrow('sick');
    }
  });

  it('stands in for no longer than maxTtl', async () => {
    const { cache, clock } = buildCache({ policy: { maxTtlMs: 3 * MINUTE } });
    await cache.getOrLoad('a', () => ({ minutes: 500 }), GRANT);
    expect(await cache.getOrLoad<Grant>('a', sick, GRANT)).toEqual({ minutes: 500 });
    clock.advance(4 * MINUTE);
    await expect(cache.getOrLoad<Grant>('a', sick, GRANT)).rejects.toThrow('sick');
  });

  it.each([
    ['says false', () => false as const],
    ['throws', () => { throw new Error('not this one'); }], // prettier-ignore
    ['says nonsense', () => 'soon' as never],
  ])('does not stand in when that %s', async (_what, time) => {
    const { cache, clock } = buildCache();
    const options = { ttl: '1m', staleIfError: { for: time } } as const;
    expect(await cache.getOrLoad('a', () => 'old', options)).toBe('old');
    clock.advance(MINUTE);
    await expect(cache.getOrLoad('a', sick, options)).rejects.toThrow('sick');
  });
});

describe('loaderTimeout', () => {
  it('soft: a slow load is not waited for while a stale value can stand in, and fills when it ends', async () => {
    const { cache } = await withStale(STAND_IN);
    const loader = new HeldLoader<string>();
    const call = () => cache.getOrLoad('a', loader.load, { ...STAND_IN, loaderTimeout: { soft: 10 } });
    expect([await call(), await call(), loader.calls]).toEqual(['old', 'old', 1]);
    loader.release('new');
    await quiet();
    expect(await cache.get('a')).toBe('new');
  });

  it('soft: without a stale value the load is waited for', async () => {
    const { cache } = buildCache();
    const loader = new HeldLoader<string>();
    const call = cache.getOrLoad('a', loader.load, { loaderTimeout: { soft: 1 } });
    await new Promise((resolve) => setTimeout(resolve, 20));
    loader.release('x');
    expect(await call).toBe('x');
  });

  it('hard: the caller is rejected, and the value still arrives', async () => {
    const { cache } = buildCache();
    const loader = new HeldLoader<string>();
    const call = () => cache.getOrLoad('a', loader.load, { loaderTimeout: { hard: 10 } });
    const refusals = await Promise.allSettled([call(), call()]);
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({
        reason: { code: 'LOADER_TIMEOUT', label: 'a', timeoutMs: 10 },
      });
      expect((refusal as PromiseRejectedResult).reason).toBeInstanceOf(LoaderTimeoutError);
    }
    loader.release('x');
    await quiet();
    expect([await call(), loader.calls]).toEqual(['x', 1]);
  });

  it('hard: a load that fails later is nobody’s unhandled rejection', async () => {
    const { cache } = buildCache();
    const loader = new HeldLoader<string>();
    const call = cache.getOrLoad('a', loader.load, { loaderTimeout: { hard: 10 } });
    await expect(call).rejects.toBeInstanceOf(LoaderTimeoutError);
    loader.fail(new Error('late'));
    await quiet();
    expect(cache.stats()).toMatchObject({ loadErrors: 1 });
  });

  it('longer than any timer is as good as none', async () => {
    const { cache } = buildCache();
    const loader = new HeldLoader<string>();
    const call = cache.getOrLoad('a', loader.load, { loaderTimeout: { hard: '60d' } });
    await new Promise((resolve) => setTimeout(resolve, 20));
    loader.release('x');
    expect(await call).toBe('x');
  });
});

describe('refreshAhead', () => {
  const ahead = { ttl: '100s', refreshAhead: 0.8 } as const;

  it('refreshes behind a hit once that share of the life is spent, and not before', async () => {
    const { cache, clock } = buildCache();
    await cache.getOrLoad('a', () => 'old', ahead);
    const load = vi.fn(() => 'new');
    const call = async () => {
      const found = await cache.getOrLoad('a', load, ahead);
      await quiet();
      return found;
    };
    clock.advance(80 * SECOND - 1);
    expect([await call(), load.mock.calls.length]).toEqual(['old', 0]);
    clock.advance(1);
    expect([await call(), load.mock.calls.length]).toEqual(['old', 1]);
    clock.advance(20 * SECOND);
    expect([await call(), load.mock.calls.length]).toEqual(['new', 1]);
    expect(cache.stats()).toMatchObject({ hits: 3, stale: 0 });
  });

  it('asks a failing loader no sooner than every five seconds', async () => {
    const { cache, clock } = buildCache();
    await cache.getOrLoad('a', () => 'old', ahead);
    clock.advance(90 * SECOND);
    const load = vi.fn(() => Promise.reject(new Error('sick')));
    for (let i = 0; i < 3; i++) {
      expect(await cache.getOrLoad('a', load, ahead)).toBe('old');
      await quiet();
    }
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('is not done where the process may be frozen', async () => {
    const { cache, clock } = buildCache({ isFrozenAfterResponse: true });
    await cache.getOrLoad('a', () => 'old', ahead);
    clock.advance(90 * SECOND);
    const load = vi.fn();
    expect(await cache.getOrLoad('a', load, ahead)).toBe('old');
    expect(load).not.toHaveBeenCalled();
  });
});

describe('the background', () => {
  it('does at most 1,000 things at once; what is too much is left undone', async () => {
    const { cache, clock } = buildCache();
    const keys = times(1_001, (i) => `k${i}`);
    await Promise.all(keys.map((key) => cache.set(key, 'old', REVALIDATE)));
    clock.advance(MINUTE);
    const hung = new HeldLoader<string>();
    const found = await Promise.all(keys.map((key) => cache.getOrLoad(key, hung.load, REVALIDATE)));
    expect(new Set(found)).toEqual(new Set(['old']));
    expect(hung.calls).toBe(1_000);
    hung.release('new');
    await quiet();
    expect(await cache.getOrLoad('k1000', () => 'new', REVALIDATE)).toBe('old');
    await quiet();
    expect(await cache.get('k1000')).toBe('new');
  });
});
