/**
 * "Two calls share an entry only if their arguments are equal as data", tried on generated values. What counts as equal is
 * isDeepStrictEqual, after making alike what a key deliberately does not tell apart (see `plain`).
 */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callKey } from '../../lib/key/call-key';
import { canonicalArguments } from '../../lib/key/canonical';
import { storageKey } from '../../lib/key/storage-key';

const everything = {
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  stringUnit: 'binary',
} as const;

/** A few values that are easily confused, so that pairs of them are often equal and nearly equal. */
const confusable = fc.anything({
  ...everything,
  withTypedArray: false,
  maxDepth: 3,
  maxKeys: 2,
  key: fc.constantFrom('a', 'b', '__proto__', '0'),
  values: [
    fc.constantFrom<unknown>(0, -0, 1, NaN, '', '0', '1', 'a', 'NaN', 'null', 'hole', '1n', 0n, 1n),
    fc.constantFrom<unknown>(null, undefined, true, false, '{}', '[]', '\ud800', '\ufffd', '"', 'a","a'),
    fc.constantFrom(0, 1, NaN).map((time) => new Date(time)),
    fc.constantFrom<Uint8Array | Uint16Array>(
      new Uint8Array(2),
      new Uint16Array(1),
      Buffer.alloc(2),
      new Uint8Array(0),
    ),
    fc.constantFrom(/a/g, /a/, /"/g),
  ],
});
const anything = fc.oneof(fc.anything({ ...everything, maxDepth: 4 }), confusable);

class InvalidDate {}

/** Rebuilds a value, `change` deciding on each part; with a plain prototype where there was none, as keys read it. */
function rebuild(value: unknown, order: <T>(parts: T[]) => T[]): unknown {
  const again = (part: unknown) => rebuild(part, order);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? new InvalidDate() : value;
  if (Array.isArray(value)) {
    const copy: unknown[] = [];
    copy.length = value.length;
    for (const index of Object.keys(value)) copy[Number(index)] = again(value[Number(index)]);
    return copy;
  }
  if (value instanceof Map) return new Map(order([...value]).map(([key, part]) => [again(key), again(part)]));
  if (value instanceof Set) return new Set(order([...value]).map(again));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return value;
  return withProperties(order(Object.entries(value)).map(([key, part]) => [key, again(part)]));
}

function withProperties(entries: [key: string, part: unknown][]): object {
  const copy = {};
  for (const [key, value] of entries) {
    // Not an assignment, which would set the prototype for `__proto__`.
    Object.defineProperty(copy, key, { value, enumerable: true, configurable: true, writable: true });
  }
  return copy;
}

/** What keys do not tell apart: objects without prototype; and invalid dates, which isDeepStrictEqual calls unequal. */
const plain = (value: unknown) => rebuild(value, (parts) => parts);

/** The same data in another order, invalid dates being dates again. */
const reordered = (value: unknown) => rebuild(value, (parts) => parts.reverse());

const areEqual = (a: unknown, b: unknown) => isDeepStrictEqual(plain(a), plain(b));

const textOf = (value: unknown) => canonicalArguments([value]);

/** One change, somewhere inside. */
function mutated(value: unknown, path: readonly number[]): unknown {
  const [step = 0, ...rest] = path;
  if (Array.isArray(value) && value.length > 0) {
    const index = step % value.length;
    // Array.from visits holes too, where `map` would change nothing.
    return Array.from(value, (part: unknown, place) => (place === index ? mutated(part, rest) : part));
  }
  if (value instanceof Map) return new Map<unknown, unknown>([...value, [{ added: step }, step]]);
  if (value instanceof Set) return new Set<unknown>([...value, { added: step }]);
  if (value instanceof Date) return new Date(Number.isNaN(value.getTime()) ? 0 : NaN);
  if (ArrayBuffer.isView(value)) return [value];
  if (typeof value === 'object' && value !== null && isPlain(value)) {
    const entries = Object.entries(value);
    const index = entries.length === 0 ? 0 : step % entries.length;
    if (entries.length === 0) return { added: undefined };
    return withProperties(
      entries.map(([key, part], place) => [key, place === index ? mutated(part, rest) : (part as unknown)]),
    );
  }
  if (typeof value === 'number') return Object.is(value, 0) ? -0 : String(value);
  if (typeof value === 'string') return `${value}\ud800`;
  if (typeof value === 'bigint') return Number(value);
  if (value === undefined) return null;
  return value === null ? undefined : [value];
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

describe('two values have one text', () => {
  it('if and only if they are equal as data', () => {
    const outcomes = { equal: 0, unequal: 0 };
    fc.assert(
      fc.property(confusable, confusable, (a, b) => {
        const equal = areEqual(a, b);
        outcomes[equal ? 'equal' : 'unequal']++;
        expect(textOf(a) === textOf(b)).toBe(equal);
      }),
      { numRuns: 20_000 },
    );
    expect(outcomes.equal).toBeGreaterThan(100);
    fc.assert(
      fc.property(anything, anything, (a, b) => {
        expect(textOf(a) === textOf(b)).toBe(areEqual(a, b));
      }),
      { numRuns: 3000 },
    );
  });

  it('as lists of arguments too', () => {
    const list = fc.array(confusable, { maxLength: 3 });
    fc.assert(
      fc.property(list, list, (a, b) => {
        expect(canonicalArguments(a) === canonicalArguments(b)).toBe(areEqual(a, b));
      }),
      { numRuns: 10_000 },
    );
  });

  it('when only the order of properties, map entries and set members differs', () => {
    fc.assert(
      fc.property(anything, (value) => {
        fc.pre(!hasInvalidDate(value));
        expect(textOf(reordered(value))).toBe(textOf(value));
      }),
      { numRuns: 5000 },
    );
  });

  it('with more properties than are sorted by hand', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 40, size: 'max' }),
        (keys) => {
          const sorted = withProperties([...keys].sort().map((key) => [key, 1]));
          const text = textOf(sorted);
          expect(textOf(withProperties(keys.map((key) => [key, 1])))).toBe(text);
          expect(text).toBe(
            `{${[...keys]
              .sort()
              .map((key) => `${JSON.stringify(key)}:1`)
              .join(',')}}`,
          );
        },
      ),
    );
  });

  it('never after a small change', () => {
    fc.assert(
      fc.property(anything, fc.array(fc.nat(10), { maxLength: 5 }), (value, path) => {
        expect(textOf(mutated(value, path))).not.toBe(textOf(value));
      }),
      { numRuns: 5000 },
    );
  });
});

function hasInvalidDate(value: unknown): boolean {
  return textOf(value).includes('Date(NaN)');
}

describe('200,000 different calls', () => {
  it('have 200,000 different keys, readable and hashed', () => {
    const keys = new Set<string>();
    const padding = 'x'.repeat(520);
    for (let n = 0; n < 40_000; n++) {
      const id = n.toString(36);
      keys.add(storageKey(callKey('Menus.find', [n])));
      keys.add(storageKey(callKey('Menus.find', [String(n)])));
      keys.add(storageKey(callKey('Menus.find', [{ id, page: n % 7 }])));
      keys.add(storageKey(callKey('Menus.find', [padding + id])));
      keys.add(storageKey(padding + id));
    }
    expect(keys.size).toBe(200_000);
  });
});
