import { describe, expect, it } from 'vitest';
import { canonicalArguments } from '../../lib/key/canonical';
import { NotDataError } from '../../lib/key/not-data-error';

/** Generous, as machines are busy; what is guarded against takes minutes or never ends. */
const QUICKLY_MS = 3000;

function refusedQuickly(value: unknown): string {
  const begun = performance.now();
  let what = 'nothing';
  try {
    canonicalArguments([value]);
  } catch (error) {
    if (!(error instanceof NotDataError)) throw error;
    what = error.what;
  }
  expect(performance.now() - begun).toBeLessThan(QUICKLY_MS);
  return what;
}

function nested(depth: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = wrap(value);
  return value;
}

describe('a key is never costly', () => {
  it('writes a hundred levels and refuses one more', () => {
    expect(refusedQuickly(nested(100, (inner) => [inner]))).toBe('nothing');
    expect(refusedQuickly(nested(101, (inner) => [inner]))).toBe('too deep');
    expect(refusedQuickly(nested(50_000, (inner) => ({ inner })))).toBe('too deep');
  });

  it('refuses a small graph that expands to 2^40 objects, in every kind of container', () => {
    expect(refusedQuickly(nested(40, (inner) => [inner, inner]))).toBe('too large');
    expect(refusedQuickly(nested(40, (a) => ({ a, b: a })))).toBe('too large');
    expect(refusedQuickly(nested(40, (inner) => new Map([[inner, inner]])))).toBe('too large');
    expect(refusedQuickly(nested(40, (inner) => new Set([[inner], [inner]])))).toBe('too large');
    let empty: unknown[] = [];
    for (let level = 0; level < 40; level++) empty = [empty, empty];
    expect(refusedQuickly(empty)).toBe('too large');
  });

  it('refuses an array of four billion holes', () => {
    const sparse: number[] = [];
    sparse[4_000_000_000] = 1;
    expect(refusedQuickly(sparse)).toBe('too large');
  });

  it('refuses text and bytes over a megabyte, and writes them up to there', () => {
    expect(refusedQuickly('x'.repeat(1_000_000))).toBe('nothing');
    expect(refusedQuickly('x'.repeat(1_100_000))).toBe('too large');
    expect(refusedQuickly(['x'.repeat(600_000), 'x'.repeat(600_000)])).toBe('too large');
    expect(refusedQuickly(Buffer.alloc(700_000))).toBe('nothing');
    expect(refusedQuickly(Buffer.alloc(1_000_000))).toBe('too large');
    expect(refusedQuickly(10n ** 20_000n)).toBe('nothing');
  });

  it('before quoting, encoding or listing what is far too large', () => {
    const longest = 2 ** 29 - 24; // what a string can hold: one more character throws
    expect(refusedQuickly('x'.repeat(longest))).toBe('too large');
    expect(refusedQuickly(['x'.repeat(longest)])).toBe('too large');
    expect(refusedQuickly(Buffer.alloc(500_000_000))).toBe('too large');
    expect(refusedQuickly(Object.assign(new Array(4_000_000_000), { extra: 1 }))).toBe('too large');
    let reads = 0;
    const wide = Object.defineProperty(Object.assign({}, new Array(1_100_000).fill(0)), 0, {
      get: () => reads++,
    });
    expect(refusedQuickly(wide)).toBe('too large');
    expect(reads).toBe(0);
  });

  it('refuses a set that grows while it is read', () => {
    const set = new Set<unknown>();
    const grow = () => ({
      get next() {
        set.add(grow());
        return 1;
      },
    });
    set.add(grow());
    expect(refusedQuickly(set)).toBe('too large');
  });

  it('refuses an object that is new at every level', () => {
    const endless = (): object => ({
      get next() {
        return endless();
      },
    });
    expect(refusedQuickly(endless())).toBe('too deep');
  });
});
