import { describe, expect, it } from 'vitest';
import { AtomicOperationError, InvalidOptionsError } from '../../lib/core';
import type { CounterOptions } from '../../lib';
import { createJsonCodec } from '../../lib/codec/json-codec';
import { InMemoryStore, ManualClock } from '../../lib/testing';
import type { EntryStore } from '../../lib/tiers/entry-store';
import { type Built, MINUTE, SECOND, at, buildCache, buildOther, buildOver, sick } from './build-cache';
import { HeldLoader, deferred, quiet } from './deferred';
import { countWakefulIntervals, passing, times } from './time';

/** A store that loses answers: `lose` says of which operations, and may change the table behind them. */
class LossyStore extends InMemoryStore {
  lose: () => boolean | Promise<boolean> = () => false;

  override async fill(...args: Parameters<EntryStore['fill']>): ReturnType<EntryStore['fill']> {
    const outcome = await super.fill(...args);
    if (await this.lose()) throw new Error('the answer was lost');
    return outcome;
  }
}

function lossy() {
  const clock = new ManualClock();
  const store = new LossyStore(clock);
  return { ...buildOver(store, clock), lossy: store };
}

async function failureOf(work: Promise<unknown>): Promise<AtomicOperationError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof AtomicOperationError) return error;
  throw new Error('no atomic operation failed', { cause: error });
}

describe('add', () => {
  it('keeps a value where there is none, and leaves one that there is', async () => {
    const { cache } = buildCache();
    expect(await cache.add('a', 'first')).toBe(true);
    expect(await cache.add('a', 'second')).toBe(false);
    expect(await cache.get('a')).toBe('first');
  });

  it('lets one of many callers in several processes win', async () => {
    const built = buildCache();
    const caches = [built, buildOther(built), buildOther(built)];
    const work = caches.flatMap(({ cache }, i) => times(20, () => cache.add('a', i)));
    const won = await passing(built.clock, Promise.all(work));
    expect(won.filter(Boolean)).toHaveLength(1);
  });

  it.each<[string, (built: Built) => unknown]>([
    ['has expired', ({ clock }) => clock.advance(10 * MINUTE)],
    ['was deleted', ({ cache }) => cache.delete('a')],
    ['was evicted by its tag', ({ cache }) => cache.evictTags('t')],
    ['was evicted with everything', ({ cache }) => cache.clear()],
    ['is stale', ({ cache, clock }) => cache.set('a', 1, { ttl: 1, staleIfError: '1h' }).then(() => clock.advance(2))], // prettier-ignore
  ])('keeps a value where the one before %s', async (_what, end) => {
    const built = buildCache();
    await built.cache.set('a', 'before', { tags: ['t'] });
    await end(built);
    expect(await built.cache.add('a', 'after', { tags: ['t'] })).toBe(true);
    expect(await built.cache.get('a')).toBe('after');
  });

  it('says the truth when the answer to its write was lost', async () => {
    const { cache, clock, lossy: store, store: watched } = lossy();
    let losses = 2;
    store.lose = () => losses-- > 0;
    expect(await passing(clock, cache.add('a', 1))).toBe(true);
    expect(watched.count('fill')).toBe(3);
    expect(await cache.add('a', 2)).toBe(false);
  });

  it('keeps it for its ttl, with its tags', async () => {
    const { cache, clock } = buildCache();
    await cache.add('a', 1, { ttl: '1m', tags: ['t'] });
    clock.advance(MINUTE - 1);
    expect(await cache.get('a')).toBe(1);
    await cache.evictTags('t');
    expect(await cache.get('a')).toBeUndefined();
  });

  it.each<[string, unknown, object]>([
    ['cannot be encoded', () => 1, {}],
    ['is too large', 'x'.repeat(18_000_000), {}],
    ['has a ttl of false', 1, { ttl: () => false }],
  ])('rejects when the value %s', async (_what, value, options) => {
    const { cache } = buildCache();
    const { reason, mayHaveHappened } = await failureOf(cache.add('a', value, options));
    expect({ reason, mayHaveHappened }).toEqual({ reason: 'not-kept', mayHaveHappened: false });
  });
});

describe('increment', () => {
  it('counts from nothing, and by any whole number', async () => {
    const { cache } = buildCache();
    expect(await cache.increment('n')).toBe(1);
    expect(await cache.increment('n', 41)).toBe(42);
    expect(await cache.increment('n', -43)).toBe(-1);
    expect(await cache.increment('n', 0)).toBe(-1);
    expect(await cache.get('n')).toBe(-1);
  });

  it('counts on from what was set', async () => {
    const { cache } = buildCache({ codec: createJsonCodec() });
    await cache.set('n', 10);
    expect(await cache.increment('n')).toBe(11);
  });

  it('counts every call of several processes, each once', async () => {
    const built = buildCache();
    const caches = [built, buildOther(built), buildOther(built), buildOther(built)];
    const work = caches.flatMap(({ cache }) => times(50, () => cache.increment('n')));
    const numbers = await passing(built.clock, Promise.all(work));
    expect(numbers.toSorted((a, b) => a - b)).toEqual(times(200, (i) => i + 1));
  });

  it('reads what stands there now, and not a replica', async () => {
    const { cache, store } = buildCache();
    await cache.increment('n');
    await cache.add('n', 1);
    expect(store.consistent).toEqual([true, true]);
  });

  it('takes one read and one write', async () => {
    const { cache, store } = buildCache();
    await cache.increment('n');
    expect(store.sent).toEqual(['read n,~stamp:*', 'fill n']);
  });

  it('counts once when answers are lost', async () => {
    const { cache, clock, lossy: store } = lossy();
    let sent = 0;
    store.lose = () => sent++ % 3 > 0;
    for (let n = 1; n <= 10; n++) expect(await passing(clock, cache.increment('n'))).toBe(n);
  });

  it('says that it may have counted when nobody can tell', async () => {
    const { cache, clock, lossy: store } = lossy();
    const other = buildOver(store, clock);
    await other.cache.increment('n');
    let isLost = true;
    store.lose = async () => {
      if (!isLost) return false;
      isLost = false;
      await other.cache.increment('n', 10);
      return true;
    };
    const failure = await failureOf(passing(clock, cache.increment('n')));
    expect(failure).toMatchObject({
      reason: 'unsure',
      mayHaveHappened: true,
      operation: 'increment',
      label: 'n',
    });
    // It had counted: to try again would have counted twice.
    expect(await other.cache.increment('n', 0)).toBe(12);
  });

  it('takes the word of a store that has sent it twice', async () => {
    const clock = new ManualClock();
    const store = new (class extends InMemoryStore {
      override async fill(...args: Parameters<EntryStore['fill']>): ReturnType<EntryStore['fill']> {
        await super.fill(...args);
        return { filled: false, mayHaveFilled: true };
      }
    })(clock);
    const { cache } = buildOver(store, clock);
    expect(await failureOf(cache.increment('n'))).toMatchObject({ reason: 'unsure', mayHaveHappened: true });
  });

  it('lives from its first increment, as a window does', async () => {
    const { cache, clock } = buildCache();
    const options: CounterOptions = { ttl: '1m' };
    await cache.increment('n', 1, options);
    clock.advance(40 * SECOND);
    expect(await cache.increment('n', 1, options)).toBe(2);
    clock.advance(20 * SECOND);
    expect(await cache.get('n')).toBeUndefined();
    expect(await cache.increment('n', 1, options)).toBe(1);
  });

  it('lives from its latest increment with renew', async () => {
    const { cache, clock } = buildCache();
    const options: CounterOptions = { ttl: '1m', renew: true };
    for (let n = 1; n <= 3; n++) {
      expect(await cache.increment('n', 1, options)).toBe(n);
      clock.advance(40 * SECOND);
    }
    clock.advance(20 * SECOND);
    expect(await cache.increment('n', 1, options)).toBe(1);
  });

  it('lives no longer than maxTtl, and for the ttl of the cache by default', async () => {
    const { cache, clock, store } = buildCache({ policy: { ttlMs: MINUTE, maxTtlMs: 2 * MINUTE } });
    await cache.increment('short');
    await cache.increment('long', 1, { ttl: '1d' });
    const ends = await store.read([at('short'), at('long')], { signal: AbortSignal.timeout(1_000) });
    const lives = [...ends.values()].map((s) => s.state === 'entry' && s.entry.endsAtMs - clock.now());
    expect(lives).toEqual([MINUTE, 2 * MINUTE]);
  });

  it('is not shortened by chance, nor served stale', async () => {
    const policy = { jitter: 0.9, staleIfErrorMs: MINUTE, staleWhileRevalidateMs: MINUTE };
    const { cache, clock } = buildCache({ policy });
    await cache.increment('n', 1, { ttl: '1m' });
    clock.advance(MINUTE - 1);
    expect(await cache.get('n')).toBe(1);
    clock.advance(1);
    expect(await cache.getOrLoad('n', () => 'loaded')).toBe('loaded');
  });

  it('begins anew after an eviction by key, tag or everything', async () => {
    const { cache } = buildCache();
    const evictions = [() => cache.delete('n'), () => cache.evictTags('t'), () => cache.clear()];
    for (const evict of evictions) {
      expect(await cache.increment('n', 1, { tags: ['t'] })).toBe(1);
      expect(await cache.increment('n')).toBe(2);
      await evict();
    }
    expect(await cache.increment('n')).toBe(1);
  });

  it('keeps the tags that a later caller does not name', async () => {
    const { cache } = buildCache();
    await cache.increment('n', 1, { tags: ['t'] });
    await cache.increment('n');
    await cache.increment('n', 1, { tags: ['u'], renew: true });
    await cache.evictTags('t');
    expect(await cache.get('n')).toBeUndefined();
    expect(await cache.increment('n')).toBe(1);
  });

  it('begins anew when its eviction is still on its way, which then does not come', async () => {
    const { cache, store, clock } = buildCache();
    await cache.increment('n', 5);
    store.before = (operation) => (operation === 'evict' ? sick() : undefined);
    expect(await cache.delete('n')).toBe(false);
    expect(await cache.increment('n')).toBe(1);
    store.before = undefined;
    clock.advance(MINUTE);
    await cache.close();
    expect(await cache.get('n')).toBe(1);
  });

  it('is seen by its own process at once, in memory and in a request', async () => {
    const built = buildCache({ memory: { maxEntries: 10, maxBytes: 1e6, ttlMs: MINUTE, isolate: true } });
    const { cache } = built;
    await cache.runInScope(async () => {
      await cache.set('n', 1);
      await cache.getOrLoad('n', () => 0);
      expect(await cache.get('n')).toBe(1);
      expect(await cache.increment('n')).toBe(2);
      expect(await cache.get('n')).toBe(2);
    });
    expect(await cache.get('n')).toBe(2);
  });

  it('is seen by who asks after it, whatever was read while it was written', async () => {
    const { cache, store } = buildCache({
      memory: { maxEntries: 10, maxBytes: 1e6, ttlMs: MINUTE, isolate: true },
    });
    await cache.increment('n');
    store.before = async (operation) => {
      if (operation !== 'fill') return;
      store.before = undefined;
      expect(await cache.getOrLoad('n', () => 0)).toBe(1);
    };
    expect(await cache.increment('n')).toBe(2);
    expect(await cache.getOrLoad('n', () => 0)).toBe(2);
  });

  it('does not take the place of an eviction that began after it had read', async () => {
    const { cache, store, clock } = buildCache();
    await cache.increment('n', 5);
    store.before = async (operation) => {
      if (operation === 'evict') sick();
      if (operation === 'fill') await cache.delete('n');
    };
    expect(await cache.increment('n')).toBe(6);
    store.before = undefined;
    await passing(clock, cache.close());
    expect(await cache.get('n')).toBeUndefined();
  });

  it('does not take the place of an eviction that was under way when it read', async () => {
    const { cache, store, clock } = buildCache();
    await cache.increment('n', 5);
    const held = deferred();
    store.before = async (operation) => {
      if (operation === 'evict') await held.promise;
      if (operation !== 'fill') return;
      held.reject(new Error('away'));
      expect(await deleting).toBe(false);
    };
    const deleting = cache.delete('n');
    expect(await cache.increment('n')).toBe(6);
    store.before = undefined;
    await passing(clock, cache.close());
    expect(await cache.get('n')).toBeUndefined();
  });

  it('overtakes a load under way', async () => {
    const { cache } = buildCache();
    const loader = new HeldLoader<number>();
    const loading = cache.getOrLoad('n', loader.load);
    await loader.began;
    await cache.increment('n', 7);
    loader.release(99);
    expect(await loading).toBe(99);
    expect(await cache.get('n')).toBe(7);
  });

  it.each<[string, unknown]>([
    ['a text', '5'],
    ['a fraction', 0.5],
    ['an unsafe number', 2 ** 53],
    ['null', null],
    ['a Date', new Date(0)],
  ])('leaves %s alone', async (_what, value) => {
    const { cache } = buildCache();
    await cache.set('n', value);
    expect(await failureOf(cache.increment('n'))).toMatchObject({
      reason: 'not-an-integer',
      mayHaveHappened: false,
    });
    expect(await cache.get('n')).toEqual(value);
  });

  it('does not count past the safe integers', async () => {
    const { cache } = buildCache();
    await cache.increment('n', Number.MAX_SAFE_INTEGER);
    expect(await failureOf(cache.increment('n'))).toMatchObject({ reason: 'not-an-integer' });
    expect(await cache.get('n')).toBe(Number.MAX_SAFE_INTEGER);
  });

  it.each([0.5, NaN, Infinity, 2 ** 53, '1' as unknown as number])('refuses to count by %j', async (by) => {
    const { cache, store } = buildCache();
    await expect(cache.increment('n', by)).rejects.toBeInstanceOf(InvalidOptionsError);
    expect(store.sent).toEqual([]);
  });

  it('counts from nothing where a value cannot be read any more', async () => {
    const { cache, store, clock } = buildCache();
    const signal = AbortSignal.timeout(1_000);
    const endsAtMs = clock.now() + MINUTE;
    const damaged = {
      bytes: Uint8Array.of(0xff),
      version: 'v',
      loadedAtMs: 0,
      freshUntilMs: endsAtMs,
      endsAtMs,
    };
    await store.inner.put(at('n'), damaged, { signal });
    expect(await cache.increment('n')).toBe(1);
  });
});

describe('a table that is away', () => {
  it('makes reads reject, and says that nothing happened', async () => {
    const { cache, store, clock } = buildCache();
    store.before = (operation) => (operation === 'read' ? sick() : undefined);
    for (const work of [(): Promise<unknown> => cache.increment('n'), () => cache.add('a', 1)]) {
      const failure = await failureOf(passing(clock, work()));
      expect(failure).toMatchObject({
        code: 'ATOMIC_OPERATION',
        reason: 'unreachable',
        mayHaveHappened: false,
      });
      expect(failure.cause).toBeInstanceOf(Error);
    }
  });

  it('makes writes reject, and says that they may have happened', async () => {
    const { cache, store, clock, lines } = buildCache();
    store.before = (operation) => (operation === 'fill' ? sick() : undefined);
    const failure = await failureOf(passing(clock, cache.increment('n')));
    expect(failure).toMatchObject({ reason: 'unreachable', mayHaveHappened: true });
    expect(store.count('fill')).toBe(3);
    expect(lines.all).toEqual([expect.stringMatching(/^increment failed .* its caller is told/)]);
  });

  it('is not asked while the breaker is open', async () => {
    const { cache, store } = buildCache();
    store.before = sick;
    for (let i = 0; i < 5; i++) await cache.get(`k${i}`);
    const { length } = store.sent;
    // Nor is it waited for: the clock stands still.
    const failure = await failureOf(cache.increment('n'));
    expect(failure).toMatchObject({ reason: 'unreachable', mayHaveHappened: false });
    expect(store.sent).toHaveLength(length);
  });

  it('is known not to have been told, when the breaker opens before the write', async () => {
    const { cache, store } = buildCache({ breaker: { failures: 1, cooldownMs: MINUTE } });
    store.after = async () => {
      store.after = undefined;
      store.before = sick;
      await cache.get('other');
    };
    const failure = await failureOf(cache.increment('n'));
    expect(failure).toMatchObject({ reason: 'unreachable', mayHaveHappened: false });
    expect(store.count('fill')).toBe(0);
  });

  it('does not evict a counter whose increment failed', async () => {
    const { cache, store, clock } = buildCache();
    await cache.increment('n', 5);
    store.before = (operation) => (operation === 'fill' ? sick() : undefined);
    await failureOf(passing(clock, cache.increment('n')));
    store.before = undefined;
    clock.advance(MINUTE);
    await cache.close();
    expect(store.count('evict')).toBe(0);
    expect(await cache.get('n')).toBe(5);
  });

  it('gives up when others are always faster', async () => {
    const { cache, store, clock } = buildCache();
    const other = buildOther({ store, clock });
    store.before = async (operation) => {
      if (operation === 'fill') await other.cache.set('n', 0);
    };
    const failure = await failureOf(passing(clock, cache.increment('n')));
    expect(failure).toMatchObject({ reason: 'contended', mayHaveHappened: false });
    expect(await other.cache.get('n')).toBe(0);
  });

  it('keeps the process alive while an increment is tried again', async () => {
    const { cache, store, clock } = buildCache();
    const intervals = countWakefulIntervals();
    store.before = (operation) => (operation === 'fill' ? sick() : undefined);
    const failing = failureOf(cache.increment('n'));
    await quiet();
    expect(clock.waiting).toBe(1);
    expect(intervals()).toBe(1);
    await passing(clock, failing);
  });

  it('goes on with the next caller after one that failed', async () => {
    const { cache, store, clock } = buildCache();
    store.before = (operation) => (operation === 'read' ? sick() : undefined);
    const first = failureOf(cache.increment('n'));
    const second = cache.increment('n');
    await passing(clock, first.then(() => { store.before = undefined; })); // prettier-ignore
    expect(await passing(clock, second)).toBe(1);
  });
});
