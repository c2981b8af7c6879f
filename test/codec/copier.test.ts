import assert from 'node:assert';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copierOf } from '../../lib/codec/copier';
import { createCodec } from '../../lib/codec/value-codec';
import { deepState, INVALID_DATE } from './deep-state';
import { User, types, values } from './values';

const codec = createCodec({ types });
const decoded = (value: unknown) => codec.decode(codec.encode(value));

/** Every object that can be reached by properties and elements. */
function objectsIn(value: unknown, found = new Set<object>()): Set<object> {
  if (typeof value !== 'object' || value === null || found.has(value)) return found;
  found.add(value);
  for (const inner of Object.values(value)) objectsIn(inner, found);
  return found;
}

/** @returns whether the value can be copied without decoding */
function expectCopies(value: unknown): boolean {
  const bytes = codec.encode(value);
  const master = codec.decode(bytes);
  const copy = copierOf(master);
  if (!copy) return false;
  const copies = [copy(), copy()];
  const state = deepState(codec.decode(bytes));
  const objects = [master, ...copies].flatMap((one) => [...objectsIn(one)]);
  expect(new Set(objects).size).toBe(objects.length);
  for (const one of copies) {
    expect(deepState(one)).toEqual(state);
    if (!JSON.stringify(state).includes(INVALID_DATE)) assert.deepStrictEqual(one, codec.decode(bytes));
    expect([...objectsIn(one)].every(Object.isExtensible)).toBe(true);
  }
  return true;
}

const leaf = fc.oneof(
  fc.constantFrom<unknown>(-0, NaN, undefined, null, true, 10n, new Date(NaN)),
  fc.string(),
  fc.integer(),
  fc.date(),
);
const key = fc.oneof(fc.string(), fc.constantFrom('a', 'toString', 'constructor', '__proto__', '0', '1000'));
const { plain } = fc.letrec((tie) => ({
  plain: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    leaf,
    fc.array(tie('plain'), { maxLength: 5 }),
    fc.dictionary(key, tie('plain'), { maxKeys: 5 }),
  ),
}));

describe('a copy without decoding is what decoding would have made', () => {
  it('of plain values, most of which can be copied so', () => {
    let copied = 0;
    fc.assert(
      fc.property(plain, (value) => {
        if (expectCopies(value)) copied++;
      }),
      { numRuns: 1000 },
    );
    expect(copied).toBeGreaterThan(400);
  });

  it('of whatever structured clone can hold, or it is left to the decoder', () => {
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
      maxDepth: 4,
    });
    fc.assert(
      fc.property(anything, (value) => {
        expectCopies(value);
      }),
      { numRuns: 1000 },
    );
  });

  it.each(Object.keys(values))('of %s, or it is left to the decoder', (name) => {
    expectCopies(values[name]);
    expectCopies({ a: [values[name]], b: values[name] });
  });

  it('of a frozen object, of getters and of delicate names', () => {
    const frozen = Object.freeze({ list: Object.freeze([1, { deep: true }]) });
    const getter = {
      get now() {
        return [1];
      },
    };
    for (const value of [frozen, getter, { toString: 1, constructor: [2] }])
      expect(expectCopies(value)).toBe(true);
  });
});

describe('is left to the decoder', () => {
  const twice = { n: 1 };
  const loop: unknown[] = [];
  loop.push(loop);
  it.each<[string, unknown]>([
    ['what occurs twice', [twice, twice]],
    ['what holds itself', loop],
    ['an own __proto__', JSON.parse('{"a":1,"__proto__":{"b":1}}')],
    ['keys that are indexes', { 1000: 'a' }],
    ['holes', Object.assign(new Array(3), { 0: 1 })],
    ['an array with properties', Object.assign([1], { total: 1 })],
    ['a Date with properties', Object.assign(new Date(1), { zone: 'UTC' })],
    ['no prototype', Object.assign(Object.create(null) as object, { a: 1 })],
    ['a Map', { map: new Map() }],
    ['bytes', [Buffer.from('a')]],
    ['an instance of a named class', new User('Ada', new Date(0))],
    ['more than so many parts', Array.from({ length: 1_001 }, (_, i) => i)],
    ['more than so many parts, together', Array.from({ length: 300 }, (_, i) => ({ a: i, b: i, c: i }))],
  ])('%s', (_what, value) => {
    expect(copierOf(decoded(value))).toBeUndefined();
    expect(copierOf({ inside: decoded(value) })).toBeUndefined();
  });
});
