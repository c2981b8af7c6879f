import { describe, expect, it, vi } from 'vitest';
import { SECOND, buildCache } from './build-cache';
import { HeldLoader, deferred, quiet } from './deferred';

describe('close', () => {
  it('waits for a load, and for its fill, before it lets go of the store', async () => {
    const { cache, store } = buildCache();
    const loader = new HeldLoader<string>();
    const written = deferred();
    store.before = (operation) => (operation === 'fill' ? written.promise : undefined);
    void cache.getOrLoad('a', loader.load);
    await loader.began;
    const closing = cache.close();

    loader.release('x');
    await vi.waitUntil(() => store.count('fill') === 1);
    await quiet();
    expect(store.isClosed).toBe(false);
    written.resolve();
    await closing;
    expect(store.isClosed).toBe(true);
    expect(cache.stats().fills).toBe(1);
  });

  it.each(['set', 'delete', 'clear', 'setBytes'] as const)('waits for %s', async (how) => {
    const { cache, store } = buildCache();
    const written = deferred();
    store.before = () => written.promise;
    const work = {
      set: () => cache.set('a', 1),
      delete: () => cache.delete('a'),
      clear: () => cache.clear(),
      setBytes: () => cache.setBytes('a', undefined, 1),
    }[how]();
    const closing = cache.close();
    await quiet();
    expect(store.isClosed).toBe(false);
    written.resolve();
    await Promise.all([work, closing]);
    expect(store.isClosed).toBe(true);
  });

  it('waits for what begins while it waits', async () => {
    const { cache, store } = buildCache();
    const [first, second] = [new HeldLoader<string>(), new HeldLoader<string>()];
    void cache.getOrLoad('a', first.load);
    await first.began;
    const closing = cache.close();
    void cache.getOrLoad('b', second.load);
    await second.began;
    first.release('x');
    await quiet();
    expect(store.isClosed).toBe(false);
    second.release('y');
    await closing;
    expect(cache.stats().fills).toBe(2);
  });

  it('survives a loader that fails meanwhile', async () => {
    const { cache, store } = buildCache();
    const loader = new HeldLoader<string>();
    const call = cache.getOrLoad('a', loader.load);
    await loader.began;
    const closing = cache.close();
    loader.fail(new Error('sick'));
    await expect(call).rejects.toThrow('sick');
    await closing;
    expect(store.isClosed).toBe(true);
  });

  it('gives up after drainTimeout, and says so', async () => {
    const { cache, store, lines } = buildCache({ drainTimeoutMs: 20 });
    const hung = new HeldLoader<string>();
    void cache.getOrLoad('a', hung.load);
    await hung.began;
    await cache.close();
    expect(store.isClosed).toBe(true);
    expect(lines.all).toEqual([expect.stringContaining('drainTimeout')]);
  });

  it('leaves no timer when there is nothing to wait for', async () => {
    vi.useFakeTimers();
    try {
      const { cache, lines } = buildCache({ drainTimeoutMs: 60 * SECOND });
      await cache.close();
      expect([vi.getTimerCount(), lines.all]).toEqual([0, []]);
    } finally {
      vi.useRealTimers();
    }
  });
});
