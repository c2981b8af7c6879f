import { describe, expect, it } from 'vitest';
import { OnceLog } from '../../lib/observability/logger';
import { Observer } from '../../lib/observability/observer';
import { InMemoryStore } from '../../lib/testing/in-memory-store';
import { ManualClock } from '../../lib/testing/manual-clock';
import { Lines, buildCache, buildOver, sick } from './build-cache';

/** A millisecond goes by whenever it is asked for a duration. */
class SlowClock extends ManualClock {
  private asked = 0;

  override monotonic(): number {
    return super.monotonic() + ++this.asked;
  }
}

describe('stats', () => {
  it('count every call once, as a hit or a miss', async () => {
    const { cache } = buildCache();
    const load = () => cache.getOrLoad('a', () => 'x', { name: 'menu' });
    await Promise.all([load(), load(), load()]);
    await load();
    await cache.get('a');
    await cache.get('b');

    expect(cache.stats()).toEqual({
      hits: 2,
      scopeHits: 0,
      memoryHits: 0,
      stale: 0,
      misses: 4,
      loads: 1,
      joined: 2,
      loadErrors: 0,
      fills: 1,
      fillsDropped: 0,
      uncacheable: 0,
      readUnits: expect.any(Number),
      writeUnits: 1,
      bytes: expect.any(Number),
      estimatedCost: expect.any(Number),
      loaderMsSaved: expect.any(Number),
      loaderMs: expect.any(Object),
      hitMs: expect.any(Object),
      store: {
        operations: 5,
        failures: 0,
        refused: 0,
        evictions: 0,
        lateEvictions: 0,
        lostEvictions: 0,
      },
      breaker: 'closed',
      methods: { menu: expect.objectContaining({ hits: 1, misses: 3, loads: 1, joined: 2, fills: 1 }) },
    });
  });

  it('show what the breaker keeps back', async () => {
    const { cache, store } = buildCache();
    store.before = sick;
    for (let i = 0; i < 7; i++) await cache.getOrLoad('a', () => i);
    expect(cache.stats()).toMatchObject({
      loads: 7,
      fillsDropped: 7,
      breaker: 'open',
      store: { operations: 5, failures: 5, refused: 2 },
    });
  });

  it('are a picture that does not change afterwards', async () => {
    const { cache } = buildCache();
    const before = cache.stats();
    await cache.getOrLoad('a', () => 1, { name: 'menu' });
    expect([before.misses, before.store.operations, before.methods]).toEqual([0, 0, {}]);
  });

  it('give the durations of all hits, those in memory as a microsecond each', () => {
    const observer = new Observer();
    const subject = { label: 'menu', name: 'menu' };
    for (let i = 0; i < 98; i++) observer.quickHit(subject, 'memory');
    for (let i = 0; i < 2; i++) observer.hit(subject, 'table', 5);
    const { hits, memoryHits, hitMs, methods } = observer.snapshot('closed');
    expect([hits, memoryHits, hitMs.p50]).toEqual([100, 98, 0.001]);
    // A histogram of two digits.
    expect(hitMs.p99).toBeCloseTo(5, 1);
    expect(methods.menu).toMatchObject({ hits: 100, memoryHits: 98, hitMs });
  });

  it('do not let a few hits in memory hide how long the others take', () => {
    const observer = new Observer();
    const subject = { label: 'menu', name: undefined };
    for (let i = 1; i <= 100; i++) observer.hit(subject, 'table', i);
    for (let i = 0; i < 100; i++) observer.quickHit(subject, 'scope');
    const { hits, scopeHits, hitMs } = observer.snapshot('closed');
    expect([hits, scopeHits, hitMs.p50]).toEqual([200, 100, 0.001]);
    expect(hitMs.p99).toBeGreaterThan(96);
    expect(hitMs.p99).toBeLessThan(99.5);
  });

  it('measure a hit in memory where a large value is decoded, and no other', async () => {
    const clock = new SlowClock();
    const memory = { maxEntries: 10, maxBytes: 1e6, ttlMs: 60_000, isolate: true };
    const { cache } = buildOver(new InMemoryStore(clock), clock, { memory });
    for (const [name, value] of Object.entries({ small: 'x', large: 'x'.repeat(10_000) })) {
      for (let i = 0; i < 3; i++) await cache.getOrLoad(name, () => value, { name });
    }
    const { small, large } = cache.stats().methods;
    expect([small?.memoryHits, large?.memoryHits]).toEqual([2, 2]);
    expect(small?.hitMs.p50).toBe(0.001);
    expect(large?.hitMs.p50).toBeGreaterThanOrEqual(1);
  });

  it('name at most 1,000 methods, and count the rest in the totals', () => {
    const observer = new Observer();
    for (let i = 0; i < 1_001; i++) observer.miss({ label: 'menu', name: `m${i}` });
    const { misses, methods } = observer.snapshot('closed');
    expect([misses, Object.keys(methods).length, methods.m1000]).toEqual([1_001, 1_000, undefined]);
  });
});

describe('the log', () => {
  it('says each thing once, and a thing that was over again', () => {
    const lines = new Lines();
    const log = new OnceLog(lines);
    log.warn('a', 'first');
    log.warn('a', 'second');
    log.error('b', 'third');
    log.forget((subject) => subject === 'a');
    log.warn('a', 'fourth');
    log.error('b', 'fifth');
    expect(lines.all).toEqual(['first', 'fourth', 'third']);
  });

  it('says nothing new beyond its limit', () => {
    const lines = new Lines();
    const log = new OnceLog(lines, 2);
    for (const subject of ['a', 'b', 'c']) log.warn(subject, subject);
    expect(lines.all).toEqual(['a', 'b']);
  });
});

it('bytes that cannot be decoded are a miss, are said once, and are replaced', async () => {
  const { cache, lines } = buildCache();
  await cache.setBytes('a', Uint8Array.of(0xff), 60_000);
  expect(await cache.get('a')).toBeUndefined();
  expect(await cache.getOrLoad('a', () => 'x')).toBe('x');
  expect(await cache.getOrLoad('a', () => 'not asked')).toBe('x');
  expect(lines.all).toEqual([expect.stringContaining('stored value of a')]);
});

it('a value too large for the store goes to the caller and is said once', async () => {
  const { cache, store, lines } = buildCache();
  store.maxBytes = () => 390 * 1024;
  const large = 'x'.repeat(400 * 1024);
  expect(await cache.getOrLoad('menu(7)', () => large)).toBe(large);
  expect(await cache.getOrLoad('menu(7)', () => large)).toBe(large);
  expect(store.count('fill')).toBe(0);
  expect(lines.all).toEqual([expect.stringMatching(/menu is not cached: it takes 4\d{5} bytes/)]);

  await cache.set('menu(7)', 'small');
  expect(await cache.set('menu(7)', large)).toBe(false);
  expect(await cache.get('menu(7)')).toBeUndefined();
});
