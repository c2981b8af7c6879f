import fc from 'fast-check';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { UncacheableValueError, UndecodableValueError } from '../../lib/codec/codec-errors';
import { createJsonCodec, packJson } from '../../lib/codec/json-codec';
import { encodeKeyvText } from '../../lib/codec/keyv-text';
import { createCodec } from '../../lib/codec/value-codec';

const codec = createJsonCodec();

class User {
  readonly name = 'secret-content';
}

function textOf(value: unknown): string {
  return Buffer.from(codec.encode(value)).subarray(1).toString();
}

function refusalOf(value: unknown): UncacheableValueError {
  try {
    codec.encode(value);
  } catch (error) {
    if (error instanceof UncacheableValueError) return error;
    throw error;
  }
  throw new Error('the value was encoded');
}

function nested(levels: number): unknown {
  let value: unknown = 'core';
  for (let i = 0; i < levels; i++) value = [value];
  return value;
}

function cyclic(): unknown {
  const team: { lead?: unknown } = {};
  team.lead = { team };
  return team;
}

function repeated(times: number): unknown {
  let value: unknown = ['x'.repeat(1_000)];
  for (let i = 0; i < times; i++) value = [value, value];
  return value;
}

describe('the JSON codec', () => {
  it('writes the text that any program would', () => {
    expect(textOf({ a: [1, 'é', null, true], b: {} })).toBe('{"a":[1,"é",null,true],"b":{}}');
  });

  it('brings back what it accepts, and writes as JSON.stringify does', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        // -0 is refused, by a test below.
        const value: unknown = JSON.parse(JSON.stringify(json));
        if (JSON.stringify(value).includes('"__proto__"')) return;
        expect(codec.decode(codec.encode(value))).toStrictEqual(value);
        expect(textOf(value)).toBe(JSON.stringify(value));
      }),
    );
  });

  it('accepts a value exactly when it comes back as it was', () => {
    const anything = fc.anything({
      withDate: true,
      withMap: true,
      withSet: true,
      withBigInt: true,
      withNullPrototype: true,
      withSparseArray: true,
      withTypedArray: true,
      withBoxedValues: true,
    });
    fc.assert(
      fc.property(anything, (value) => {
        let bytes: Uint8Array;
        try {
          bytes = codec.encode(value);
        } catch (error) {
          expect(error).toBeInstanceOf(UncacheableValueError);
          return;
        }
        expect(codec.decode(bytes)).toStrictEqual(value);
      }),
    );
  });

  it.each<[string, unknown]>([
    ['half a pair of surrogates', '\ud800'],
    ['a key like a number', { 2: 'a', 1: 'b' }],
    ['an empty key', { '': { '': 0 } }],
    ['the largest safe integer', Number.MAX_SAFE_INTEGER],
    ['the smallest number', Number.MIN_VALUE],
    ['quotes, colons and backslashes in strings and keys', { 'a":\\': '":{\\"a":1,' }],
    ['a line separator', '\u2028\u0000'],
    ['one object in two places', [{ a: 1 }, { a: 1 }]],
    ['500 levels', nested(500)],
  ])('keeps %s', (_what, value) => {
    expect(codec.decode(codec.encode(value))).toStrictEqual(value);
  });

  it('keeps what another realm made', () => {
    const theirs: unknown = runInNewContext('({ a: [1, { b: 2 }] })');
    expect(codec.decode(codec.encode(theirs))).toEqual({ a: [1, { b: 2 }] });
  });

  it('reads a getter once, and keeps what it gave', () => {
    let reads = 0;
    const value = { get total() { return ++reads; } }; // prettier-ignore
    expect(codec.decode(codec.encode(value))).toEqual({ total: 1 });
  });

  it.each<[string, unknown, string, string]>([
    ['undefined itself', undefined, '', 'undefined'],
    ['undefined in an object', { a: { b: undefined } }, '.a.b', 'undefined'],
    ['undefined in an array', [[1, undefined]], '[0][1]', 'undefined'],
    ['a hole', { list: [1, , 3] }, '.list', 'a sparse array'], // eslint-disable-line no-sparse-arrays
    ['an array with a property', [Object.assign([1], { total: 1 })], '[0]', 'properties of its own'],
    ['a hole made up for by a property', Object.assign(new Array(1), { x: 1 }), '[0]', 'undefined'],
    ['NaN', { n: NaN }, '.n', 'NaN'],
    ['infinity', [-Infinity], '[0]', '-Infinity'],
    ['minus zero', [0, -0], '[1]', '-0'],
    ['a bigint', { id: 5n }, '.id', 'a bigint'],
    ['a symbol', { s: Symbol('secret-content') }, '.s', 'a symbol'],
    ['a function', { f: () => 1 }, '.f', 'a function'],
    ['a toJSON of its own', { toJSON: () => 1 }, '.toJSON', 'a function'],
    ['a Date', { at: new Date() }, '.at', 'an instance of Date'],
    ['a Map', [new Map()], '[0]', 'an instance of Map'],
    ['a Set', new Set(), '', 'an instance of Set'],
    ['a RegExp', /a/, '', 'an instance of RegExp'],
    ['an Error', new Error('secret-content'), '', 'an instance of Error'],
    ['a Buffer', { b: Buffer.from('x') }, '.b', 'an instance of Buffer'],
    ['a typed array', new Uint8Array(1), '', 'an instance of Uint8Array'],
    ['a boxed number', Object(5), '', 'an instance of Number'],
    ['an instance', { user: new User() }, '.user', 'an instance of User'],
    ['a subclass of Array', new (class List extends Array {})(), '', 'an instance of List'],
    ['an object without a prototype', [Object.create(null)], '[0]', 'without a prototype'],
    ['a proxy', new Proxy({}, {}), '', 'a Proxy'],
    ['a key that is a symbol', { [Symbol('s')]: 1 }, '', 'keyed by a symbol'],
    [
      '__proto__ of its own',
      { a: JSON.parse('{"__proto__":1}') as unknown },
      '.a.__proto__',
      'called __proto__',
    ],
    ['a cycle', cyclic(), '.lead.team', 'inside itself'],
    ['501 levels', nested(501), '', '500 levels'],
    ['a getter that throws', { get a() { throw new Error('secret-content'); } }, '.a', 'throws'], // prettier-ignore
    ['a small value with an endless text', repeated(40), '', 'characters of JSON'],
  ])('refuses %s, and names the place', (_what, value, path, what) => {
    const refusal = refusalOf(value);
    if (path !== '') expect(refusal.path).toBe(path);
    expect(refusal.what).toContain(what);
    expect(refusal.message).not.toContain('secret-content');
  });
});

describe('a text of another program', () => {
  it.each<[string, string, unknown]>([
    ['spaces', ' { "a" : [ 1 , 2 ] } ', { a: [1, 2] }],
    ['escapes', '"\\u0041\\n"', 'A\n'],
    ['a number in another notation', '1.50e2', 150],
    ['minus zero', '-0', -0],
    [
      'a number too exact for JavaScript, as JSON.parse gives it',
      '12345678901234567890',
      12345678901234567000,
    ],
  ])('may have %s', (_what, text, value) => {
    expect(codec.decode(packJson(text))).toStrictEqual(value);
  });

  it.each<[string, string]>([
    ['no text at all', ''],
    ['no JSON', 'secret-content'],
    ['half a JSON', '{"a":'],
    ['two of them', '1 2'],
    ["Python's own notation", "{'a': None}"],
    ['NaN', 'NaN'],
    ['a key twice', '{"a":1,"a":2}'],
    ['a key twice, further in', '[{"b":{"a":1,"c":":","a":2}}]'],
    ['a key twice, once with an escape', '{"a":1,"\\u0061":2}'],
    ['__proto__', '{"__proto__":{"isAdmin":true}}'],
    ['501 levels', '['.repeat(501) + ']'.repeat(501)],
    ['a million levels', '['.repeat(1_000_000)],
  ])('is not read when it has %s', (_what, text) => {
    const decode = () => codec.decode(packJson(text));
    expect(decode).toThrow(UndecodableValueError);
    expect(decode).not.toThrow('secret-content');
  });

  it('is not read when it is no UTF-8', () => {
    expect(() => codec.decode(Uint8Array.of(4, 0x22, 0xff, 0x22))).toThrow(UndecodableValueError);
  });
});

describe('a fleet that changes its codec', () => {
  it('reads what either codec has written', () => {
    const value = { a: [1, 'x'] };
    expect(createCodec().decode(codec.encode(value))).toEqual(value);
    expect(codec.decode(createCodec().encode(value))).toEqual(value);
    expect(codec.decode(encodeKeyvText('{"value":{"a":1},"expires":5}'))).toEqual({ a: 1 });
  });
});

describe('what Keyv serialised', () => {
  it('is kept as the value inside of it', () => {
    expect(codec.decode(codec.encodeKeyvText('{"value":{"a":"::b"},"expires":5}'))).toEqual({ a: ':b' });
    expect(Buffer.from(codec.encodeKeyvText('{"value":[1]}')).subarray(1).toString()).toBe('[1]');
  });

  it.each([
    ['of another serialiser', 'a=1'],
    ['without a value', '{"expires":5}'],
    ['with a Buffer', '{"value":":base64:AA=="}'],
  ])('is refused %s', (_what, text) => {
    expect(() => codec.encodeKeyvText(text)).toThrow(UncacheableValueError);
  });
});
