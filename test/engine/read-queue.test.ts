import { describe, expect, it, vi } from 'vitest';
import { SECOND, at, buildCache, entryOf, sick } from './build-cache';
import { deferred, quiet } from './deferred';

const keys = (n: number) => Array.from({ length: n }, (_, i) => `k${i}`);

describe('reads', () => {
  it('of one turn leave as one', async () => {
    const { cache, store } = buildCache();
    await Promise.all(keys(30).map((key) => cache.set(key, key)));
    expect(await Promise.all(keys(30).map((key) => cache.get(key)))).toEqual(keys(30));
    expect(store.sent.filter((line) => line.startsWith('read k'))).toHaveLength(1);
  });

  it('of different turns leave apart', async () => {
    const { cache, store } = buildCache();
    const first = cache.get('a');
    await quiet();
    await Promise.all([first, cache.get('b')]);
    expect(store.sent).toEqual(['read a,~stamp:*', 'read b']);
  });

  it('of one key in one turn are one', async () => {
    const { cache, store } = buildCache();
    await cache.set('a', { n: 1 });
    const found = await Promise.all([cache.get('a'), cache.get('a')]);
    expect(found).toEqual([{ n: 1 }, { n: 1 }]);
    expect(found[0]).not.toBe(found[1]);
    expect(store.sent).toEqual(['read ~stamp:*', 'put a', 'read a,~stamp:*']);
  });

  it('ask for at most 100 addresses', async () => {
    const { cache, store } = buildCache();
    await cache.get('the stamp of the namespace is remembered now');
    store.sent.length = 0;
    await Promise.all(keys(250).map((key) => cache.get(key)));
    expect(store.sent.map((line) => line.split(',').length)).toEqual([100, 100, 50]);
  });

  it('that were sent are not joined, because an eviction may have been acknowledged since', async () => {
    const { cache, store } = buildCache();
    await cache.set('a', 'old');
    const answer = deferred();
    store.after = (operation) => (operation === 'read' ? answer.promise : undefined);
    const first = cache.get('a');
    await vi.waitUntil(() => store.readsOf('a') === 1);
    await cache.delete('a');
    const second = cache.get('a');
    answer.resolve();
    expect([await first, await second]).toEqual(['old', undefined]);
    expect(store.readsOf('a')).toBe(2);
  });

  it('that have to be consistent leave apart from the others', async () => {
    const { cache, store } = buildCache();
    await cache.delete('a');
    await Promise.all(['a', 'b', 'c'].map((key) => cache.get(key)));
    expect(store.sent).toEqual(['evict a', 'read a,~stamp:*', 'read b,~stamp:*,c']);
    expect(store.consistent).toEqual([true, false]);
  });

  it('that fail together fail open for each caller, and for no other batch', async () => {
    const { cache, store, lines } = buildCache({ breaker: { failures: 2, cooldownMs: 10 * SECOND } });
    await cache.set('k100', 'kept');
    store.before = (operation, asked) => (asked.includes('k0') ? sick() : undefined);
    const loaded = await Promise.all(keys(101).map((key) => cache.getOrLoad(key, () => `loaded ${key}`)));

    expect(loaded.slice(0, 100)).toEqual(keys(100).map((key) => `loaded ${key}`));
    expect(loaded[100]).toBe('kept');
    expect(cache.stats()).toMatchObject({
      loads: 100,
      breaker: 'closed',
      store: { operations: 4, failures: 1 },
    });
    expect(lines.all).toEqual([expect.stringContaining('read failed (Error: the table is sick)')]);
  });

  it('that were answered before the rest failed or ran out of time are served', async () => {
    const { cache, store, clock, lines } = buildCache({ timeoutMs: 20 });
    await store.put(at('a'), entryOf('kept', clock.now()), { signal: AbortSignal.timeout(1_000) });
    await cache.get('the stamp of the namespace is remembered now');
    store.read = (keys, call, answered) => {
      answered?.(keys[0]!, { state: 'empty', version: undefined });
      void store.inner.read(keys.slice(1, 2), call).then((found) => {
        for (const [key, stored] of found) answered?.(key, stored);
      });
      return new Promise(() => undefined);
    };
    const asked = ['new', 'a', 'b', 'c'].map((key) => cache.getOrLoad(key, () => `loaded ${key}`));
    expect(await Promise.all(asked)).toEqual(['loaded new', 'kept', 'loaded b', 'loaded c']);
    expect(cache.stats()).toMatchObject({ hits: 1, loads: 3, fills: 1, store: { failures: 1 } });
    expect(lines.all).toHaveLength(1);
  });

  it('leave one by one without `batch`, each once', async () => {
    const { cache, store } = buildCache({ batch: false });
    await Promise.all(['a', 'b', 'a'].map((key) => cache.get(key)));
    expect(store.sent).toEqual(['read a', 'read ~stamp:*', 'read b']);
  });

  it('that the store leaves unanswered are absences', async () => {
    const { cache, store } = buildCache();
    store.read = async () => new Map();
    expect(await cache.getOrLoad('a', () => 'x')).toBe('x');
    expect(store.sent).toEqual(['fill a']);
  });

  it('that take longer than the budget are given up', async () => {
    const { cache, store } = buildCache({ timeoutMs: 20 });
    store.before = () => new Promise(() => {});
    expect(await cache.getOrLoad('a', () => 'x')).toBe('x');
    expect(cache.stats().store).toMatchObject({ operations: 1, failures: 1 });
  });

  it('that a store refuses by throwing, not rejecting, fail open', async () => {
    const { cache, store } = buildCache({ timeoutMs: 5 * SECOND });
    store.read = sick;
    expect(await cache.getOrLoad('a', () => 'x')).toBe('x');
  });
});
