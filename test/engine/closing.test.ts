import { describe, expect, it, vi } from 'vitest';
import { SECOND, buildCache, sick } from './build-cache';
import { HeldLoader, deferred, quiet } from './deferred';
import { passing } from './time';

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

describe('close with evictions that are still on their way', () => {
  it('tries them at once, however far off their next attempt is', async () => {
    const { cache, store, clock } = buildCache();
    store.before = sick;
    await cache.delete('a');
    for (let ms = 0; ms < 4 * SECOND; ms += 500) {
      clock.advance(500);
      await quiet();
    }
    const sent = store.count('evict');
    expect(sent).toBe(4);
    store.before = undefined;
    await cache.close();
    expect(store.count('evict')).toBe(sent + 1);
    expect(cache.stats().store).toMatchObject({ evictions: 1, lostEvictions: 0 });
  });

  it('does not wait where the breaker lets nothing through until it has closed', async () => {
    const { cache, store, lines } = buildCache({ drainTimeoutMs: 5 * SECOND });
    store.before = sick;
    for (const key of ['a', 'b', 'c', 'd', 'e']) await cache.delete(key);

    await cache.close();

    expect(store.count('evict')).toBe(5);
    expect(cache.stats().store).toMatchObject({ lateEvictions: 5, lostEvictions: 5 });
    expect(lines.warnings.at(-1)).toContain('could not be sent before closing: 5.');
  });

  it('waits where the breaker lets a probe through in time', async () => {
    const { cache, store, clock } = buildCache({
      drainTimeoutMs: 60 * SECOND,
      breaker: { failures: 2, cooldownMs: 10 * SECOND },
    });
    store.before = sick;
    await cache.deleteMany(['a', 'b']);
    expect(cache.stats().breaker).toBe('open');
    const closing = cache.close();
    await quiet();
    expect(store.isClosed).toBe(false);
    store.before = undefined;
    await passing(clock, closing);
    expect(store.isClosed).toBe(true);
    expect(cache.stats().store).toMatchObject({ evictions: 2, lostEvictions: 0 });
  });
});
