import assert from 'node:assert';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCodec } from '../../lib/codec/value-codec';
import { deepState, INVALID_DATE } from './deep-state';
import { types, values } from './values';

const codec = createCodec({ types });
const roundTrip = <T>(value: T): T => codec.decode(codec.encode(value)) as T;

function expectSame(copy: unknown, value: unknown): void {
  const state = deepState(value);
  expect(deepState(copy)).toEqual(state);
  // Node 20 finds no invalid date equal to another.
  if (!JSON.stringify(state).includes(INVALID_DATE)) assert.deepStrictEqual(copy, value);
}

describe('hit equals miss', () => {
  it.each(Object.keys(values))('keeps %s', (name) => {
    expectSame(roundTrip(values[name]), values[name]);
  });

  it.each(Object.keys(values))('keeps %s inside a list, a map and a property', (name) => {
    const value = { a: [values[name]], b: new Map([['x', values[name]]]), c: values[name] };
    expectSame(roundTrip(value), value);
  });

  it('keeps whatever structured clone can hold', () => {
    const anything = fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withNullPrototype: true,
      withObjectString: true,
      withTypedArray: true,
      withSparseArray: true,
      stringUnit: 'grapheme',
      maxDepth: 4,
    });
    fc.assert(
      fc.property(anything, (value) => {
        expectSame(roundTrip(value), value);
      }),
      { numRuns: 1500 },
    );
  });

  it('keeps every string', () => {
    const units = fc.array(fc.nat(0xffff), { maxLength: 60 }).map((codes) => String.fromCharCode(...codes));
    fc.assert(
      fc.property(fc.oneof(units, fc.string(), fc.string({ unit: 'grapheme' })), (s) => roundTrip(s) === s),
    );
  });

  it('keeps every number and every bigint', () => {
    fc.assert(
      fc.property(fc.oneof(fc.double(), fc.integer(), fc.maxSafeInteger()), (n) =>
        Object.is(roundTrip(n), n),
      ),
    );
    fc.assert(fc.property(fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }), (n) => roundTrip(n) === n));
  });

  it('gives built-ins of another realm back as those of this one', () => {
    const foreign = runInNewContext(
      '({ list: [1, [2]], map: new Map([[1, new Set([2])]]), at: new Date(4), re: /x/g })',
    );
    assert.deepStrictEqual(roundTrip(foreign), {
      list: [1, [2]],
      map: new Map([[1, new Set([2])]]),
      at: new Date(4),
      re: /x/g,
    });
  });

  it('gives an own __proto__ back as data and never as the prototype', () => {
    const copy = roundTrip(values['own __proto__']) as object;
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect(Object.getOwnPropertyDescriptor(copy, '__proto__')?.value).toEqual({ polluted: true });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('keeps that two places hold the same object', () => {
    const copy = roundTrip(values['shared references']) as Record<string, { at: Date }> & { dates: Date[] };
    expect(copy.left).toBe(copy.right);
    expect(copy.dates[0]).toBe(copy.left?.at);
  });

  it('tells a Buffer from a Uint8Array', () => {
    expect(Buffer.isBuffer(roundTrip(Buffer.from('x')))).toBe(true);
    expect(Object.getPrototypeOf(roundTrip(new Uint8Array(1)))).toBe(Uint8Array.prototype);
  });

  it('stores only the window of a view', () => {
    const view = new Uint8Array(new ArrayBuffer(100_000), 500, 3);
    expect(codec.encode(view).length).toBeLessThan(10);
    expect(roundTrip(view).buffer.byteLength).toBe(3);
  });

  it('rebuilds a named class without running its constructor, setters included', () => {
    let runs = 0;
    class Account {
      constructor() {
        runs++;
      }
      set balance(_value: number) {
        runs++;
      }
    }
    const account = Object.defineProperty(new Account(), 'balance', { value: 5, enumerable: true });
    const own = createCodec({ types: [Account] });
    const copy = own.decode(own.encode(account)) as Account;
    expect(runs).toBe(1);
    expect(copy).toBeInstanceOf(Account);
    expect(Object.getOwnPropertyDescriptor(copy, 'balance')?.value).toBe(5);
  });

  it('reads a getter once and keeps its value as data', () => {
    let reads = 0;
    const value = {
      get total() {
        return ++reads;
      },
    };
    const copy = roundTrip(value);
    expect(reads).toBe(1);
    expect(Object.getOwnPropertyDescriptor(copy, 'total')).toMatchObject({ value: 1, writable: true });
  });

  it('tells shapes apart whose keys read alike when they are joined', () => {
    const many = Array.from({ length: 10 }, (_, i) => ({ [`k${String(i)}`]: i }));
    const alike = [...many, { 'a\0b': 1 }, { a: 1, b: 2 }, { 'a\0b': 3 }];
    expectSame(roundTrip(alike), alike);
  });

  it('keeps a Map as it was when a getter inside it adds to it', () => {
    const map = new Map<string, unknown>();
    map.set('a', {
      get grow() {
        return map.set('b', 1).size;
      },
    });
    expect(roundTrip(map)).toEqual(new Map([['a', { grow: 2 }]]));
  });

  it('encodes while another value is being encoded', () => {
    const value = {
      before: 'x'.repeat(100),
      get inner() {
        return codec.encode({ deep: 'y'.repeat(200) }).length;
      },
      after: 'z',
    };
    expect(roundTrip(value)).toEqual({ before: 'x'.repeat(100), inner: 212, after: 'z' });
  });

  it('writes the keys of a list of records once', () => {
    const records = (n: number) => Array.from({ length: n }, () => ({ firstColumn: 1, secondColumn: 2 }));
    const one = codec.encode(records(1)).length;
    expect(codec.encode(records(50)).length).toBe(one + 49 * 3);
  });
});

describe('isolation', () => {
  it('gives every caller bytes of their own', () => {
    const stored = codec.encode({
      b: Buffer.from('abc'),
      u: Uint8Array.of(1, 2),
      a: Uint8Array.of(5).buffer,
    });
    const before = Buffer.from(stored).toString('hex');
    const first = codec.decode(stored) as { b: Buffer; u: Uint8Array; a: ArrayBuffer };
    first.b.fill(0);
    first.u.fill(9);
    new Uint8Array(first.a).fill(9);
    expect(first.b.buffer.byteLength).toBe(3);
    expect(Buffer.from(stored).toString('hex')).toBe(before);
    expect(codec.decode(stored)).toEqual({
      b: Buffer.from('abc'),
      u: Uint8Array.of(1, 2),
      a: Uint8Array.of(5).buffer,
    });
  });

  it('gives every caller objects of their own', () => {
    const stored = codec.encode([{ tags: ['a'] }]);
    const first = codec.decode(stored) as { tags: string[] }[];
    first[0]?.tags.push('b');
    expect(codec.decode(stored)).toEqual([{ tags: ['a'] }]);
  });

  it('does not reuse the memory of what it has returned', () => {
    const first = codec.encode('a'.repeat(5000));
    const before = Buffer.from(first);
    codec.encode('b'.repeat(5000));
    expect(before.equals(first)).toBe(true);
    expect(first.buffer.byteLength).toBe(first.byteLength);
  });
});
