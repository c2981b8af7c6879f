import { describe, expect, it, vi } from 'vitest';
import { DAY, MINUTE, SECOND, at, buildCache, entryOf } from './build-cache';
import { quiet } from './deferred';

const call = { signal: new AbortController().signal };
// A life of at most maxTtl, and a stale time of at most as long.
const MAX_LIFE = 2 * 30 * DAY;

describe('expiry', () => {
  it('comes to the millisecond', async () => {
    const { cache, clock } = buildCache();
    await cache.getOrLoad('a', () => 'x', { ttl: '1m' });
    clock.advance(MINUTE - 1);
    expect(await cache.get('a')).toBe('x');
    clock.advance(1);
    expect(await cache.get('a')).toBeUndefined();
    expect(await cache.getOrLoad('a', () => 'y')).toBe('y');
  });

  it('is counted from the end of the load', async () => {
    const { cache, clock } = buildCache();
    await cache.getOrLoad('a', () => clock.advance(5 * SECOND), { ttl: '1s' });
    clock.advance(SECOND - 1);
    const reload = vi.fn();
    await cache.getOrLoad('a', reload);
    expect(reload).not.toHaveBeenCalled();
  });

  it('is asked of the wall clock when a read has answered, not when it was sent', async () => {
    const { cache, clock, store } = buildCache();
    await cache.set('a', 'x', { ttl: '1m' });
    // The process is frozen while the answer is on its way.
    store.after = () => {
      clock.jump(MINUTE);
    };
    expect(await cache.get('a')).toBeUndefined();
  });

  it('holds inside a request scope', async () => {
    const { cache, clock } = buildCache();
    await cache.set('a', 'x', { ttl: '1s' });
    await cache.runInScope(async () => {
      expect(await cache.get('a')).toBe('x');
      clock.advance(SECOND);
      expect(await cache.get('a')).toBeUndefined();
    });
  });

  it.each([
    ['is past', { freshUntilMs: -1 }, undefined],
    ['is now', { freshUntilMs: 0 }, undefined],
    ['is yet to come, and its end is now', { endsAtMs: 0, freshUntilMs: 1 }, undefined],
    ['is yet to come', { freshUntilMs: 1 }, 'x'],
  ])('an entry whose fresh time %s', async (_, offsets, expected) => {
    const { cache, clock, store } = buildCache();
    const now = clock.now();
    const times = Object.fromEntries(Object.entries(offsets).map(([name, ms]) => [name, now + ms]));
    await store.put(at('a'), entryOf('x', now, times), call);
    expect(await cache.get('a')).toBe(expected);
  });
});

describe('an end absurdly far in the future', () => {
  it.each([
    ['a minute beyond the longest life and stale time, as clocks differ', MAX_LIFE + MINUTE, 'x'],
    ['more than a minute beyond them', MAX_LIFE + MINUTE + 1, undefined],
    ['beyond all numbers of a calendar', Number.MAX_SAFE_INTEGER / 2, undefined],
  ])('%s', async (_, inMs, expected) => {
    const { cache, clock, store } = buildCache();
    const end = clock.now() + inMs;
    await store.put(at('a'), entryOf('x', clock.now(), { freshUntilMs: end, endsAtMs: end }), call);
    expect(await cache.get('a')).toBe(expected);
  });

  it('is healed by the next fill', async () => {
    const { cache, clock, store } = buildCache();
    const end = clock.now() + 2 * MAX_LIFE;
    await store.put(at('a'), entryOf('x', clock.now(), { freshUntilMs: end, endsAtMs: end }), call);
    await cache.getOrLoad('a', () => 'mine');
    expect(await cache.get('a')).toBe('mine');
  });
});

describe('ttl', () => {
  it.each(['getOrLoad', 'set', 'setBytes'] as const)('beyond maxTtl counts as maxTtl in %s', async (door) => {
    const { cache, clock } = buildCache({ policy: { ttlMs: MINUTE, maxTtlMs: 2 * MINUTE } });
    switch (door) {
      case 'getOrLoad':
        await cache.getOrLoad('a', () => 'x', { ttl: '1h' });
        break;
      case 'set':
        await cache.set('a', 'x', { ttl: '1h' });
        break;
      case 'setBytes':
        await cache.setBytes('a', entryOf('x', clock.now()).bytes, 60 * MINUTE);
    }
    clock.advance(2 * MINUTE - 1);
    expect(await cache.get('a')).toBe('x');
    clock.advance(1);
    expect(await cache.get('a')).toBeUndefined();
  });

  it.each([0, -1, 0.5, NaN, Infinity, -Infinity, '', 'soon', '10', '10y', null, {}, 10n])(
    '%s is refused before anything is sent or loaded',
    async (ttl) => {
      const { cache, store, lines } = buildCache();
      const options = { ttl: ttl as number };
      const load = vi.fn();
      const refusal = { code: 'INVALID_OPTIONS', option: 'ttl' };
      await expect(cache.getOrLoad('a', load, options)).rejects.toMatchObject(refusal);
      await expect(cache.set('a', 1, options)).rejects.toMatchObject(refusal);
      expect(() => cache.memoize(load, { name: 'load', ...options })).toThrow(/ttl/);
      expect(load).not.toHaveBeenCalled();
      expect([store.sent, lines.all]).toEqual([[], []]);
    },
  );

  it('below a second is warned about once', async () => {
    const { cache, lines } = buildCache();
    for (const key of ['a', 'b']) await cache.set(key, 1, { ttl: 60 });
    expect(lines.all).toEqual([expect.stringContaining("'60s'")]);
  });
});

it.each([-DAY, DAY])('a wall clock that jumps by %d ms breaks no call', async (ms) => {
  const { cache, clock } = buildCache();
  let loads = 0;
  const call = () => cache.getOrLoad('a', () => ++loads);
  expect(await call()).toBe(1);
  clock.jump(ms);
  await cache.runInScope(async () => {
    const found = await call();
    clock.jump(-ms);
    expect([await call(), await call()]).toEqual([found, found]);
  });
  expect(await cache.set('b', 1)).toBe(true);
  expect(await cache.delete('b')).toBe(true);
});

describe.each([0, false] as const)('%s switches a default off for one value', (off) => {
  it('staleWhileRevalidate and staleIfError', async () => {
    const { cache, clock } = buildCache({
      policy: { staleWhileRevalidateMs: 5 * MINUTE, staleIfErrorMs: DAY },
    });
    const fails = () => Promise.reject(new Error('the source is away'));
    const options = { ttl: '1m', staleWhileRevalidate: off, staleIfError: off } as const;
    await cache.getOrLoad('a', () => 'old', options);
    await cache.getOrLoad('b', () => 'old', { ttl: '1m' });
    clock.advance(MINUTE);
    await expect(cache.getOrLoad('a', fails, options)).rejects.toThrow('the source is away');
    expect(await cache.getOrLoad('b', fails)).toBe('old');
    expect(await cache.getOrLoad('a', () => 'new', options)).toBe('new');
  });

  it('refreshAhead', async () => {
    const { cache, clock } = buildCache({ policy: { refreshAhead: 0.5 } });
    const load = vi.fn(() => 'x');
    await cache.getOrLoad('a', load, { ttl: '1m', refreshAhead: off });
    clock.advance(MINUTE - 1);
    await cache.getOrLoad('a', load, { refreshAhead: off });
    await quiet();
    expect(load).toHaveBeenCalledTimes(1);
    await cache.getOrLoad('a', load);
    await quiet();
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('jitter', async () => {
    const { cache, clock, store } = buildCache({ policy: { jitter: 0.999 } });
    const freshFor = async (key: string) => {
      const stored = (await store.read([at(key)], call)).get(at(key));
      return stored?.state === 'entry' ? stored.entry.freshUntilMs - clock.now() : 0;
    };
    for (let i = 0; i < 20; i++) {
      await cache.set(`exact:${i}`, 'x', { ttl: '1m', jitter: off });
      await cache.set(`jittered:${i}`, 'x', { ttl: '1m' });
    }
    const keys = Array.from({ length: 20 }, (_, i) => i);
    expect(await Promise.all(keys.map((i) => freshFor(`exact:${i}`)))).toEqual(keys.map(() => MINUTE));
    expect(Math.min(...(await Promise.all(keys.map((i) => freshFor(`jittered:${i}`)))))).toBeLessThan(MINUTE);
  });
});
