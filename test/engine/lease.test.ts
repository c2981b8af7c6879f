import { describe, expect, it, vi } from 'vitest';
import { InMemoryStore, ManualClock } from '../../lib/testing';
import type { Entry, Version } from '../../lib/tiers/entry';
import type { StoreCall } from '../../lib/tiers/entry-store';
import { type Built, MINUTE, SECOND, buildCache, buildOther, buildOver, sick } from './build-cache';
import { HeldLoader, quiet } from './deferred';
import { countWakefulIntervals, passing, times } from './time';

const LEASE = { lease: '10s', ttl: '1m' } as const;

/** Several processes over one table. */
function fleet(n: number, options = {}): Built[] {
  const first = buildCache(options);
  return [first, ...times(n - 1, () => buildOther(first, options))];
}

/** Takes the lease of a key and never lets go: a process that died. */
async function dieHolding(built: Built, key: string): Promise<void> {
  const dead = buildOther(built);
  void dead.cache.getOrLoad(key, () => new Promise<string>(() => {}), LEASE);
  await vi.waitUntil(() => dead.cache.stats().loads === 1);
}

describe('a lease', () => {
  it('lets one process of a fleet load, however many ask', async () => {
    const processes = fleet(4);
    const { clock } = processes[0]!;
    const load = vi.fn(async () => {
      await clock.wait(SECOND);
      return { n: 1 };
    });
    const calls = processes.flatMap(({ cache }) => times(50, () => cache.getOrLoad('a', load, LEASE)));
    expect(await passing(clock, Promise.all(calls))).toEqual(times(200, () => ({ n: 1 })));
    expect(load).toHaveBeenCalledTimes(1);
    const totals = processes.map(({ cache }) => cache.stats());
    expect(totals.map(({ loads }) => loads).sort()).toEqual([0, 0, 0, 1]);
    expect(totals.map(({ fills }) => fills).sort()).toEqual([0, 0, 0, 1]);
    expect(totals.reduce((sum, { joined }) => sum + joined, 0)).toBe(199);
  });

  it('is not taken for a hit, nor by who does not ask for one', async () => {
    const { cache, store } = buildCache();
    await cache.getOrLoad('a', () => 'x');
    await cache.getOrLoad('a', () => 'x', LEASE);
    expect(store.sent.join()).not.toContain('lease');
  });

  it('costs three small writes, beside the value’s', async () => {
    const { cache, store, clock } = buildCache();
    for (let i = 0; i < 2; i++) {
      await cache.getOrLoad('a', () => i, LEASE);
      clock.advance(MINUTE);
    }
    const writes = store.sent.filter((line) => line.startsWith('fill'));
    expect(writes).toEqual([
      'fill ~lease:a',
      'fill a',
      'fill ~lease:a',
      'fill ~lease:a',
      'fill ~lease:a',
      'fill a',
      'fill ~lease:a',
    ]);
  });

  it('is let go once the value stands, so that the next load need not wait', async () => {
    const processes = fleet(2);
    const { clock } = processes[0]!;
    for (let i = 0; i < 4; i++) {
      const { cache } = processes[i % 2]!;
      expect(await cache.getOrLoad('a', () => i, { ...LEASE, ttl: '1s' })).toBe(i);
      clock.advance(SECOND);
    }
    expect(clock.waiting).toBe(0);
  });

  it('is let go at once for those whose clocks are behind, too', async () => {
    const here = buildCache();
    const behind = new ManualClock(here.clock.now() - MINUTE);
    const there = buildOther(here, {}, behind);
    await here.cache.getOrLoad('a', () => 'x', { ...LEASE, unless: () => true });
    // The clock behind stands still: who waited would wait for ever.
    expect(await there.cache.getOrLoad('a', () => 'y', LEASE)).toBe('y');
    expect(there.store.sent.filter((line) => line === 'fill ~lease:a').length).toBeGreaterThan(0);
  });

  it('that was taken after another’s load gives that one’s value', async () => {
    const [here, there] = fleet(2) as [Built, Built];
    // Both have read that there is nothing; there loads and lets go before here takes the lease.
    let isFirst = true;
    here.store.before = async (operation, keys) => {
      if (!isFirst || operation !== 'fill' || keys[0] !== '~lease:a') return;
      isFirst = false;
      await there.cache.getOrLoad('a', () => 'theirs', LEASE);
    };
    const load = vi.fn();
    expect(await here.cache.getOrLoad('a', load, LEASE)).toBe('theirs');
    expect(load).not.toHaveBeenCalled();
  });

  it('of a namespace, or of another key, keeps nobody else waiting', async () => {
    const here = buildCache();
    await dieHolding(here, 'a');
    expect(await here.cache.getOrLoad('b', () => 'x', LEASE)).toBe('x');
    expect(await here.cache.namespace('other').getOrLoad('a', () => 'x', LEASE)).toBe('x');
  });
});

describe('whoever waits for a lease', () => {
  it('loads itself when the holder died, after one lease at most', async () => {
    const here = buildCache();
    await dieHolding(here, 'a');
    const begunAtMs = here.clock.now();
    expect(
      await passing(
        here.clock,
        here.cache.getOrLoad('a', () => 'x', LEASE),
      ),
    ).toBe('x');
    expect(here.clock.now() - begunAtMs).toBeGreaterThanOrEqual(10 * SECOND - 20);
    expect(here.clock.now() - begunAtMs).toBeLessThan(11 * SECOND);
    expect(await here.cache.get('a')).toBe('x');
  });

  it('is one of many to load when the holder died', async () => {
    const processes = fleet(4);
    const { clock } = processes[0]!;
    await dieHolding(processes[0]!, 'a');
    const load = vi.fn(async () => {
      await clock.wait(SECOND);
      return 'x';
    });
    const calls = processes.map(({ cache }) => cache.getOrLoad('a', load, LEASE));
    await passing(clock, Promise.all(calls));
    expect(load.mock.calls.length).toBeLessThanOrEqual(2);
  });

  it('loads at once when the holder’s loader failed', async () => {
    const [here, there] = fleet(2) as [Built, Built];
    const failing = new HeldLoader<string>();
    const first = here.cache.getOrLoad('a', failing.load, LEASE);
    await failing.began;
    const second = there.cache.getOrLoad('a', () => 'mine', LEASE);
    await vi.waitUntil(() => here.clock.waiting === 1);
    failing.fail(new Error('sick'));
    await expect(first).rejects.toThrow('sick');
    const begunAtMs = here.clock.now();
    expect(await passing(here.clock, second)).toBe('mine');
    expect(here.clock.now() - begunAtMs).toBeLessThan(SECOND);
  });

  it('loads at once when the holder’s result is not kept', async () => {
    const [here, there] = fleet(2) as [Built, Built];
    const partial = new HeldLoader<string>();
    const first = here.cache.getOrLoad('a', partial.load, { ...LEASE, unless: () => true });
    await partial.began;
    const second = there.cache.getOrLoad('a', () => 'whole', LEASE);
    await vi.waitUntil(() => here.clock.waiting === 1);
    partial.release('partial');
    expect([await first, await passing(here.clock, second)]).toEqual(['partial', 'whole']);
  });

  it('is thrown the error that the holder has kept, which is not written again', async () => {
    const options = { ...LEASE, cacheErrors: () => 10 * SECOND };
    const [here, there] = fleet(2) as [Built, Built];
    const failing = new HeldLoader<string>();
    const first = here.cache.getOrLoad('a', failing.load, options).catch((error: unknown) => error);
    await failing.began;
    const load = vi.fn(() => 'x');
    const second = there.cache.getOrLoad('a', load, options).catch((error: unknown) => error);
    await vi.waitUntil(() => here.clock.waiting === 1);
    failing.fail(new RangeError('no 7'));
    const errors = [await first, await passing(here.clock, second)];
    expect(errors).toEqual([new RangeError('no 7'), new RangeError('no 7')]);
    expect(load).not.toHaveBeenCalled();
    expect(there.store.sent).not.toContain('fill a');
  });

  it('serves a stale value instead of waiting', async () => {
    const [here, there] = fleet(2) as [Built, Built];
    const stale = { ...LEASE, staleIfError: '5m' } as const;
    await here.cache.getOrLoad('a', () => 'old', stale);
    here.clock.advance(MINUTE);
    const loader = new HeldLoader<string>();
    const first = here.cache.getOrLoad('a', loader.load, stale);
    await loader.began;
    const load = vi.fn();
    expect(await there.cache.getOrLoad('a', load, stale)).toBe('old');
    loader.release('new');
    expect(await first).toBe('new');
    expect(load).not.toHaveBeenCalled();
    expect(there.cache.stats()).toMatchObject({ stale: 1, loads: 0, fillsDropped: 0 });
  });

  it('refreshes a stale value in one process only', async () => {
    const stale = { ...LEASE, staleWhileRevalidate: '5m' } as const;
    const processes = fleet(4);
    const { clock } = processes[0]!;
    await processes[0]!.cache.getOrLoad('a', () => 'old', stale);
    clock.advance(MINUTE);
    const loader = new HeldLoader<string>();
    const found = processes.map(({ cache }) => cache.getOrLoad('a', loader.load, stale));
    expect(await Promise.all(found)).toEqual(times(4, () => 'old'));
    await quiet();
    expect(loader.calls).toBe(1);
    loader.release('new');
    await quiet();
    for (const { cache } of processes) expect(await cache.get('a')).toBe('new');
    // One answer, one count: the refresh behind it is nobody's answer.
    expect(processes.map(({ cache }) => cache.stats().stale)).toEqual([1, 1, 1, 1]);
  });

  it('asks the table now and then: 5 reads in the first second, at most 8 a second after it', async () => {
    const here = buildCache();
    await dieHolding(here, 'a');
    const waiting = buildOther(here);
    await passing(
      here.clock,
      waiting.cache.getOrLoad('a', () => 'x', LEASE),
    );
    const reads = waiting.store.count('read');
    const writes = waiting.store.sent.filter((line) => line === 'fill ~lease:a').length;
    expect(reads).toBeGreaterThan(20);
    expect(reads).toBeLessThan(80);
    expect(writes).toBeLessThanOrEqual(6);
  });

  it('asks for the value and the lease in one request', async () => {
    const here = buildCache();
    await dieHolding(here, 'a');
    const waiting = buildOther(here);
    const call = waiting.cache.getOrLoad('a', () => 'x', LEASE);
    await vi.waitUntil(() => here.clock.waiting === 1);
    waiting.store.sent.length = 0;
    here.clock.advance(100);
    await quiet();
    expect(waiting.store.sent).toEqual(['read a,~stamp:*,~lease:a']);
    await passing(here.clock, call);
  });

  it('keeps the process alive meanwhile', async () => {
    const here = buildCache();
    const loader = new HeldLoader<string>();
    const first = here.cache.getOrLoad('a', loader.load, LEASE);
    await loader.began;
    const intervals = countWakefulIntervals();
    const second = buildOther(here).cache.getOrLoad('a', loader.load, LEASE);
    while (here.clock.waiting === 0) await quiet();
    expect(intervals()).toBe(1);
    loader.release('x');
    expect(await passing(here.clock, Promise.all([first, second]))).toEqual(['x', 'x']);
    expect(intervals()).toBe(0);
  });

  it('remembers, in its request, the value that another loaded', async () => {
    const [here, there] = fleet(2) as [Built, Built];
    const loader = new HeldLoader<string>();
    const first = here.cache.getOrLoad('a', loader.load, LEASE);
    await loader.began;
    const second = there.cache.runInScope(async () => {
      const found = await there.cache.getOrLoad('a', loader.load, LEASE);
      const reads = there.store.count('read');
      const again = await there.cache.getOrLoad('a', loader.load, LEASE);
      return { values: [found, again], reads: there.store.count('read') - reads };
    });
    await vi.waitUntil(() => here.clock.waiting === 1);
    loader.release('x');
    await first;
    expect(await passing(here.clock, second)).toEqual({ values: ['x', 'x'], reads: 0 });
    expect(loader.calls).toBe(1);
  });

  it('is given nothing that an eviction during the load has made gone', async () => {
    const [here, there] = fleet(2) as [Built, Built];
    const old = new HeldLoader<string>();
    const tags = ['t'];
    const first = here.cache.getOrLoad('a', old.load, { ...LEASE, tags });
    await old.began;
    await there.cache.evictTags('t');
    const second = there.cache.getOrLoad('a', () => 'new', { ...LEASE, tags });
    await vi.waitUntil(() => here.clock.waiting === 1);
    old.release('old');
    expect([await first, await passing(here.clock, second)]).toEqual(['old', 'new']);
  });
});

describe('a lease shorter than its load', () => {
  it('costs a second load, and one value stays', async () => {
    const [here, there] = fleet(2) as [Built, Built];
    const slow = new HeldLoader<string>();
    const first = here.cache.getOrLoad('a', slow.load, LEASE);
    await slow.began;
    here.clock.advance(11 * SECOND);
    expect(
      await passing(
        here.clock,
        there.cache.getOrLoad('a', () => 'second', LEASE),
      ),
    ).toBe('second');
    slow.release('first');
    expect(await first).toBe('first');
    expect([await here.cache.get('a'), await there.cache.get('a')]).toEqual(['second', 'second']);
    expect(here.cache.stats()).toMatchObject({ fills: 0, fillsDropped: 1 });
  });

  it('is not let go by the one who has lost it', async () => {
    const processes = fleet(3);
    const [here, there, third] = processes as [Built, Built, Built];
    const [slow, present] = [new HeldLoader<string>(), new HeldLoader<string>()];
    const first = here.cache.getOrLoad('a', slow.load, { ...LEASE, unless: () => true });
    await slow.began;
    here.clock.advance(11 * SECOND);
    const second = there.cache.getOrLoad('a', present.load, LEASE);
    await present.began;
    slow.release('first');
    await first;
    const load = vi.fn();
    const waiting = third.cache.getOrLoad('a', load, LEASE);
    await vi.waitUntil(() => here.clock.waiting === 1);
    present.release('second');
    expect([await second, await passing(here.clock, waiting)]).toEqual(['second', 'second']);
    expect(load).not.toHaveBeenCalled();
  });
});

describe('a lease and a sick table', () => {
  it('when it cannot be taken, the load goes ahead without', async () => {
    const { cache, store } = buildCache();
    store.before = (_, keys) => (keys[0] === '~lease:a' ? sick() : undefined);
    expect(await cache.getOrLoad('a', () => 'x', LEASE)).toBe('x');
    expect(await cache.get('a')).toBe('x');
  });

  it('when nothing can be read, nothing is tried', async () => {
    const { cache, store } = buildCache();
    store.before = sick;
    expect(await cache.getOrLoad('a', () => 'x', LEASE)).toBe('x');
    expect(store.sent).toEqual(['read a,~stamp:*']);
  });

  it('when it goes away while others wait, they load', async () => {
    const [here, there] = fleet(2) as [Built, Built];
    const loader = new HeldLoader<string>();
    const first = here.cache.getOrLoad('a', loader.load, LEASE);
    await loader.began;
    const second = there.cache.getOrLoad('a', () => 'mine', LEASE);
    await vi.waitUntil(() => here.clock.waiting === 1);
    there.store.before = sick;
    expect(await passing(here.clock, second)).toBe('mine');
    loader.release('x');
    await first;
  });

  it('when it cannot be let go, it ends by itself', async () => {
    const { cache, store } = buildCache();
    const loader = new HeldLoader<string>();
    const call = cache.getOrLoad('a', loader.load, LEASE);
    await loader.began;
    store.before = (_, keys) => (keys[0] === '~lease:a' ? sick() : undefined);
    loader.release('x');
    expect(await call).toBe('x');
  });

  it('when the response to taking it is lost, the holder loads, and the others wait for that', async () => {
    const clock = new ManualClock();
    const table = new LossyStore(clock);
    const here = buildOver(table, clock);
    const there = buildOver(table, clock);
    const loader = new HeldLoader<string>();
    table.losing = 1;
    const first = here.cache.getOrLoad('a', loader.load, LEASE);
    await loader.began;
    const second = there.cache.getOrLoad('a', loader.load, LEASE);
    await vi.waitUntil(() => clock.waiting === 1);
    loader.release('x');
    expect([await first, await passing(clock, second), loader.calls]).toEqual(['x', 'x', 1]);
  });
});

describe('clocks that differ by five seconds', () => {
  it.each([-5 * SECOND, 5 * SECOND])('a process %d ms off loads or waits, and is served', async (skewMs) => {
    const here = buildCache();
    const clock = new ManualClock(here.clock.now() + skewMs);
    const there = buildOther(here, {}, clock);
    const loader = new HeldLoader<string>();
    const first = here.cache.getOrLoad('a', loader.load, LEASE);
    await loader.began;
    const second = there.cache.getOrLoad('a', loader.load, LEASE);
    await vi.waitUntil(() => clock.waiting === 1);
    loader.release('x');
    await first;
    expect(await passing([here.clock, clock], second)).toBe('x');
    expect(loader.calls).toBe(1);
  });

  it.each([-5 * SECOND, 5 * SECOND])(
    'a dead holder %d ms off costs one lease length at most, by the waiting one’s clock',
    async (skewMs) => {
      const here = buildCache();
      const clock = new ManualClock(here.clock.now() + skewMs);
      const there = buildOther(here, {}, clock);
      await dieHolding(here, 'a');
      const begunAtMs = clock.now();
      await passing(
        [here.clock, clock],
        there.cache.getOrLoad('a', () => 'x', LEASE),
      );
      expect(clock.now() - begunAtMs).toBeLessThan(11 * SECOND);
    },
  );
});

/** A table that does what it is told, and whose answer to the first leases is lost. */
class LossyStore extends InMemoryStore {
  losing = 0;

  override async fill(address: string, entry: Entry, seen: Version | undefined, call: StoreCall) {
    const outcome = await super.fill(address, entry, seen, call);
    if (address.includes('~lease:') && this.losing-- > 0) throw new Error('the answer was lost');
    return outcome;
  }
}
