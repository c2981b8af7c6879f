import { describe, expect, it, vi } from 'vitest';
import { AtomicOperationError, InvalidOptionsError, type Lock } from '../../lib/core';
import { Addresses } from '../../lib/key/addresses';
import { ManualClock } from '../../lib/testing';
import { type Built, MINUTE, SECOND, buildCache, buildOther, sick } from './build-cache';
import { deferred, quiet } from './deferred';
import { countWakefulIntervals, passing, times } from './time';

const TTL = { ttl: '30s' } as const;
const LOCK = new Addresses('cache').lock('a');

function fleet(n: number): Built[] {
  const first = buildCache();
  return [first, ...times(n - 1, () => buildOther(first))];
}

async function failureOf(work: Promise<unknown>): Promise<AtomicOperationError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof AtomicOperationError) return error;
  throw new Error('no atomic operation failed', { cause: error });
}

describe('a lock', () => {
  it('is held by one, and refused to others of every process', async () => {
    const [here, there] = fleet(2) as [Built, Built];
    const lock = await here.cache.lock('a', TTL);
    expect(lock.isHeld).toBe(true);
    for (const { cache } of [here, there]) {
      expect(await failureOf(cache.lock('a', TTL))).toMatchObject({ reason: 'held', mayHaveHappened: false });
    }
    await there.cache.lock('b', TTL);
    await lock.release();
    expect(lock.isHeld).toBe(false);
    expect((await there.cache.lock('a', TTL)).isHeld).toBe(true);
  });

  it('lets many wait, and one run at a time', async () => {
    const processes = fleet(4);
    const { clock } = processes[0]!;
    let inside = 0;
    let most = 0;
    let total = 0;
    const run = async () => {
      most = Math.max(most, ++inside);
      const before = total;
      await clock.wait(50);
      total = before + 1;
      inside--;
    };
    const options = { ttl: '30s', wait: '5m' } as const;
    const work = processes.flatMap(({ cache }) => times(5, () => cache.lock('a', options, run)));
    await passing(clock, Promise.all(work));
    expect({ most, total }).toEqual({ most: 1, total: 20 });
  });

  it('resolves to what the code inside does, and lets go', async () => {
    const { cache } = buildCache();
    expect(await cache.lock('a', TTL, () => 'done')).toBe('done');
    await expect(cache.lock('a', TTL, () => Promise.reject(new RangeError('theirs')))).rejects.toThrow(
      RangeError,
    );
    expect((await cache.lock('a', TTL)).isHeld).toBe(true);
  });

  it('ends by itself, and cannot be let go of or extended by who lost it', async () => {
    const [here, there] = fleet(2) as [Built, Built];
    const { clock } = here;
    const lost = await here.cache.lock('a', TTL);
    clock.advance(30 * SECOND - 1);
    expect(lost.isHeld).toBe(true);
    await expect(there.cache.lock('a', TTL)).rejects.toMatchObject({ reason: 'held' });
    clock.advance(1);
    expect(lost.isHeld).toBe(false);
    const taken = await there.cache.lock('a', TTL);
    expect(await lost.extend()).toBe(false);
    await lost.release();
    await expect(here.cache.lock('a', TTL)).rejects.toMatchObject({ reason: 'held' });
    expect(taken.isHeld).toBe(true);
  });

  it('is over for a process that was suspended, although its monotonic clock stood still', async () => {
    const { cache, clock } = buildCache();
    const lock = await cache.lock('a', TTL);
    clock.jump(30 * SECOND);
    expect(lock.isHeld).toBe(false);
  });

  it('can be extended while nobody else has taken it', async () => {
    const [here, there] = fleet(2) as [Built, Built];
    const { clock } = here;
    const lock = await here.cache.lock('a', TTL);
    clock.advance(25 * SECOND);
    expect(await lock.extend()).toBe(true);
    clock.advance(25 * SECOND);
    expect(lock.isHeld).toBe(true);
    await expect(there.cache.lock('a', TTL)).rejects.toMatchObject({ reason: 'held' });
    expect(await lock.extend('2m')).toBe(true);
    clock.advance(119 * SECOND);
    await expect(there.cache.lock('a', TTL)).rejects.toMatchObject({ reason: 'held' });
    await lock.release();
    expect(await lock.extend()).toBe(false);
    expect((await there.cache.lock('a', TTL)).isHeld).toBe(true);
  });

  it('has a token that grows, whatever the clocks say', async () => {
    const clocks = [0, 3 * MINUTE, -3 * MINUTE].map((offset) => new ManualClock(1_700_000_000_000 + offset));
    const first = buildCache();
    const processes = clocks.map((clock) => buildOther(first, {}, clock));
    const tokens: number[] = [];
    for (let round = 0; round < 3; round++) {
      for (const { cache } of processes) await cache.lock('a', TTL, ({ token }) => tokens.push(token));
    }
    expect(tokens).toEqual([...new Set(tokens)].toSorted((a, b) => a - b));
    expect(tokens).toHaveLength(9);
  });

  it('has a greater token than a holder that died', async () => {
    const [here, there] = fleet(2) as [Built, Built];
    const dead = await here.cache.lock('a', TTL);
    here.clock.advance(30 * SECOND);
    expect((await there.cache.lock('a', TTL)).token).toBeGreaterThan(dead.token);
  });

  it('waits until it is let go of, but not longer than it is told', async () => {
    const [here, there] = fleet(2) as [Built, Built];
    const { clock } = here;
    const lock = await here.cache.lock('a', { ttl: '10m' });
    const startedAtMs = clock.now();
    expect(await failureOf(passing(clock, there.cache.lock('a', { ttl: '30s', wait: '3s' })))).toMatchObject({
      reason: 'held',
    });
    expect(clock.now() - startedAtMs).toBeGreaterThanOrEqual(3 * SECOND);
    expect(clock.now() - startedAtMs).toBeLessThan(3.2 * SECOND);
    const waiting = there.cache.lock('a', { ttl: '30s', wait: '1m' });
    await quiet();
    await lock.release();
    expect((await passing(clock, waiting)).isHeld).toBe(true);
  });

  it('keeps the process alive while somebody waits for it', async () => {
    const { cache, clock } = buildCache();
    const intervals = countWakefulIntervals();
    await cache.lock('a', TTL);
    const waiting = failureOf(cache.lock('a', { ttl: '30s', wait: '1s' }));
    await quiet();
    expect(clock.waiting).toBe(1);
    expect(intervals()).toBe(1);
    await passing(clock, waiting);
    expect(intervals()).toBe(0);
  });

  it('is waited for no longer than the signal allows, with its reason', async () => {
    const { cache, clock, store } = buildCache();
    await cache.lock('a', TTL);
    const controller = new AbortController();
    const reason = new Error('the request was closed');
    const waiting = cache.lock('a', { ttl: '30s', wait: '1m', signal: controller.signal });
    const rejected = expect(waiting).rejects.toBe(reason);
    await quiet();
    controller.abort(reason);
    await rejected;
    expect(clock.waiting).toBe(0);
    const { length } = store.sent;
    await expect(cache.lock('b', { ttl: '30s', signal: controller.signal })).rejects.toBe(reason);
    expect(store.sent).toHaveLength(length);
  });

  it('is let go of when the signal came while it was taken', async () => {
    const { cache, store } = buildCache();
    const controller = new AbortController();
    const reason = new Error('enough');
    store.after = (operation) => {
      if (operation === 'fill') controller.abort(reason);
    };
    const run = vi.fn();
    await expect(cache.lock('a', { ttl: '30s', signal: controller.signal }, run)).rejects.toBe(reason);
    expect(run).not.toHaveBeenCalled();
    expect((await cache.lock('a', TTL)).isHeld).toBe(true);
  });

  it('is not what leases are, nor any key', async () => {
    const { cache } = buildCache();
    await cache.lock('a', TTL);
    expect(await cache.getOrLoad('a', () => 1, { lease: true })).toBe(1);
    await cache.delete('a');
    await cache.delete('~lock:a');
    await cache.clear();
    await cache.clearPrefix('');
    await expect(cache.lock('a', TTL)).rejects.toMatchObject({ reason: 'held' });
  });

  it('is not believed when it ends later than any may', async () => {
    const { cache, store, clock } = buildCache();
    const endsAtMs = clock.now() + 40 * 24 * 60 * MINUTE;
    const entry = { bytes: new Uint8Array(3), version: 'v', loadedAtMs: 0, freshUntilMs: endsAtMs, endsAtMs };
    await store.inner.put(LOCK, entry, { signal: AbortSignal.timeout(1_000) });
    const { token } = await cache.lock('a', TTL);
    expect(token).toBe(clock.now());
  });

  it.each<[string, object | undefined]>([
    ['without a ttl', {}],
    ['with a ttl of nothing', { ttl: 0 }],
    ['with a ttl over maxTtl', { ttl: '31d' }],
    ['with a wait that is no duration', { ttl: '1m', wait: 'long' }],
    ['without options', undefined],
  ])('is refused %s', async (_what, options) => {
    const { cache, store } = buildCache();
    await expect(cache.lock('a', options as never)).rejects.toBeInstanceOf(InvalidOptionsError);
    expect(store.sent).toEqual([]);
  });
});

describe('a lock whose answers are lost', () => {
  /** Lets the write through and loses its answer, so many times. */
  function losing({ store }: Built, losses: number): void {
    store.after = (operation) => {
      if (operation === 'fill' && losses-- > 0) throw new Error('the answer was lost');
    };
  }

  it('is taken once', async () => {
    const [here, there] = fleet(2) as [Built, Built];
    losing(here, 2);
    const lock = await passing(here.clock, here.cache.lock('a', TTL));
    expect(lock.isHeld).toBe(true);
    await expect(there.cache.lock('a', TTL)).rejects.toMatchObject({ reason: 'held' });
  });

  it('is let go of', async () => {
    const [here, there] = fleet(2) as [Built, Built];
    const lock = await here.cache.lock('a', TTL);
    losing(here, 2);
    await passing(here.clock, lock.release());
    expect((await there.cache.lock('a', TTL)).isHeld).toBe(true);
  });

  it('is somebody else’s when that one has written since', async () => {
    const [here, there] = fleet(2) as [Built, Built];
    let theirs: Lock | undefined;
    here.store.after = async (operation) => {
      if (operation !== 'fill' || theirs) return;
      here.clock.advance(30 * SECOND);
      theirs = await there.cache.lock('a', TTL);
      throw new Error('the answer was lost');
    };
    expect(await failureOf(passing(here.clock, here.cache.lock('a', TTL)))).toMatchObject({ reason: 'held' });
    expect(theirs?.isHeld).toBe(true);
  });

  it('is let go of although nobody knows whether it was extended', async () => {
    for (const isApplied of [true, false]) {
      const [here, there] = fleet(2) as [Built, Built];
      const lock = await here.cache.lock('a', TTL);
      const lose = (operation: string) => (operation === 'fill' ? sick() : undefined);
      here.store[isApplied ? 'after' : 'before'] = lose;
      const failure = await failureOf(passing(here.clock, lock.extend()));
      expect(failure).toMatchObject({ operation: 'extend', reason: 'unreachable', mayHaveHappened: true });
      here.store.after = here.store.before = undefined;
      expect(await lock.extend()).toBe(true);
      await lock.release();
      expect((await there.cache.lock('a', TTL)).isHeld).toBe(true);
    }
  });

  it('is let go of after an extension that was still under way', async () => {
    const [here, there] = fleet(2) as [Built, Built];
    const lock = await here.cache.lock('a', TTL);
    const held = deferred();
    here.store.before = () => held.promise;
    const extended = lock.extend();
    const released = Promise.all([lock.release(), lock.release()]);
    await quiet();
    here.store.before = undefined;
    held.resolve();
    await Promise.all([extended, released]);
    expect((await there.cache.lock('a', TTL)).isHeld).toBe(true);
  });

  it('rejects when the table is away, and runs nothing', async () => {
    const { cache, store, clock } = buildCache();
    const run = vi.fn();
    store.before = sick;
    expect(await failureOf(passing(clock, cache.lock('a', TTL, run)))).toMatchObject({
      reason: 'unreachable',
      mayHaveHappened: false,
    });
    expect(run).not.toHaveBeenCalled();
  });

  it('gives the result of the code inside although it could not be let go of', async () => {
    const { cache, store, clock } = buildCache();
    const run = () => {
      store.before = sick;
      return 'done';
    };
    expect(await passing(clock, cache.lock('a', TTL, run))).toBe('done');
  });
});
