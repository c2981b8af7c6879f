import { Readable } from 'node:stream';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { InvalidTypesError, UncacheableValueError } from '../../lib/codec/codec-errors';
import { createCodec, type Type } from '../../lib/codec/value-codec';

class User {
  constructor(readonly name = 'secret-content') {}
}
class Admin extends User {}

function refusalOf(value: unknown, types: Type[] = [], maxDepth = 500): UncacheableValueError {
  try {
    createCodec({ types, maxDepth }).encode(value);
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

function* generate() {
  yield 1;
}

const throwing = () => {
  throw new TypeError('secret-content');
};

const refused: [string, unknown, string][] = [
  ['a function', () => 1, 'a function'],
  ['a class', User, 'a function'],
  ['a symbol', Symbol('secret-content'), 'a symbol'],
  ['a registered symbol', Symbol.for('x'), 'a symbol'],
  ['a promise', Promise.resolve(1), 'a Promise'],
  ['a generator', generate(), 'a generator'],
  ['a stream', Readable.from([]), 'an instance of Readable'],
  ['a WeakMap', new WeakMap(), 'a WeakMap'],
  ['a WeakRef', new WeakRef({}), 'an instance of WeakRef'],
  ['a proxy of a plain object', new Proxy({}, {}), 'a Proxy'],
  ['a proxy of an array', new Proxy([], {}), 'a Proxy'],
  ['a proxy whose traps throw', new Proxy({}, { ownKeys: throwing, getPrototypeOf: throwing }), 'a Proxy'],
  ['a revoked proxy', revoked(), 'a Proxy'],
  ['shared memory', new SharedArrayBuffer(4), 'a SharedArrayBuffer'],
  ['a view on shared memory', new Uint8Array(new SharedArrayBuffer(4)), 'memory that is shared or resizable'],
  ['a resizable buffer', resizable(), 'memory that is shared or resizable'],
  ['a view on a resizable buffer', new DataView(resizable()), 'memory that is shared or resizable'],
  ['an enumerable symbol key', { [Symbol('s')]: 1 }, 'an object with a property keyed by a symbol'],
  [
    'a symbol key on an array',
    Object.assign([1], { [Symbol('s')]: 1 }),
    'an object with a property keyed by a symbol',
  ],
  ['an arguments object', argumentsOf(), 'an arguments object'],
  ['a namespace such as Math', Math, 'an object with a tag of its own'],
  ['an instance of a class', new User(), 'an instance of User'],
  ['an instance of an anonymous class', new (class {})(), 'an instance of an anonymous class'],
  ['a subclass of Map', new (class Registry extends Map {})(), 'an instance of Registry'],
  ['a subclass of Array', new (class List extends Array {})(), 'an instance of List'],
  ['a subclass of Error', new (class Failure extends Error {})(), 'an instance of Failure'],
  ['a subclass of Date', new (class Day extends Date {})(), 'an instance of Day'],
  ['a boxed symbol', Object(Symbol('s')), 'an instance of Symbol'],
  ['an object with a prototype of its own', Object.create({ x: 1 }), 'an instance of an anonymous class'],
  [
    'a Date that borrows its constructor',
    Object.setPrototypeOf(new Date(), { constructor: Date }),
    'an instance of Date',
  ],
  [
    'bytes under the prototype of others',
    Object.setPrototypeOf(new Uint8Array(1), Int8Array.prototype),
    'an instance of Int8Array',
  ],
  ['a giant RegExp', new RegExp('a'.repeat(65_537)), 'a RegExp of unreasonable length'],
];

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function resizable(): ArrayBuffer {
  return new (ArrayBuffer as unknown as new (size: number, options: object) => ArrayBuffer)(4, {
    maxByteLength: 8,
  });
}

function argumentsOf(): unknown {
  return runInNewContext('(function () { return arguments; })(1, 2)') as unknown;
}

describe('what cannot be kept is refused', () => {
  it.each(refused)('%s', (_name, value, what) => {
    const error = refusalOf(value);
    expect(error).toMatchObject({ code: 'UNCACHEABLE_VALUE', path: '', what });
  });

  it.each(refused)('%s, deep inside a value', (_name, value, what) => {
    expect(refusalOf({ owner: [1, { 'first name': value }] })).toMatchObject({
      path: '.owner[1]["first name"]',
      what,
    });
  });

  it('names the place inside collections, errors and extra properties', () => {
    const bad = () => 1;
    expect(refusalOf(new Map([[1, { a: bad }]])).path).toBe('<map value 0>.a');
    expect(refusalOf(new Map([[[bad], 1]])).path).toBe('<map key 0>[0]');
    expect(refusalOf([new Set([1, bad])]).path).toBe('[0]<set item 1>');
    expect(refusalOf(new Error('x', { cause: bad })).path).toBe('.cause');
    expect(refusalOf(Object.assign([1], { extra: bad })).path).toBe('.extra');
    expect(refusalOf({ first: { deep: [1] }, second: bad }).path).toBe('.second');
    expect(refusalOf({ first: { deep: [1] }, second: new User() }).path).toBe('.second');
  });

  it('names what throws when it is read, and keeps the error as the cause', () => {
    const value = {
      list: [
        {
          get total() {
            return throwing();
          },
        },
      ],
    };
    const error = refusalOf(value);
    expect(error).toMatchObject({ path: '.list[0].total', what: 'something that throws when it is read' });
    expect(error.cause).toBeInstanceOf(TypeError);
  });

  it('refuses an object whose prototype is a proxy, traps that throw included', () => {
    const prototype = new Proxy({}, { getPrototypeOf: throwing, getOwnPropertyDescriptor: throwing });
    expect(refusalOf({ a: Object.create(prototype) as object }).path).toBe('.a');
  });

  it('says how to make an instance cacheable, and only when that would', () => {
    expect(refusalOf({ a: new User() }).message).toBe(
      'The value at .a cannot be cached: it is an instance of User; name it in types: [User].',
    );
    expect(refusalOf(new (class Registry extends Map {})()).message).not.toContain('types');
    expect(refusalOf(new URL('https://example.com')).message).toMatch(/an instance of URL\.$/);
  });

  it('refuses a subclass of a named class that is not named itself', () => {
    expect(refusalOf(new Admin(), [User]).what).toBe('an instance of Admin');
  });

  it('never shows content', () => {
    for (const [, value] of refused)
      expect(refusalOf({ a: [value] }).message).not.toContain('secret-content');
  });

  it('keeps a long path short', () => {
    expect(refusalOf(deepRecord(300)).path.length).toBeLessThan(210);
    expect(refusalOf({ ['k'.repeat(9999)]: Symbol() }).path.length).toBeLessThan(60);
  });
});

function deepRecord(levels: number): unknown {
  let value: unknown = Symbol();
  for (let i = 0; i < levels; i++) value = { property: value };
  return value;
}

describe('depth', () => {
  it('keeps as many levels as it says and no more, in both directions', () => {
    const codec = createCodec({ maxDepth: 500 });
    expect(codec.decode(codec.encode(nested(500)))).toEqual(nested(500));
    expect(refusalOf(nested(501)).what).toBe('nested more than 500 levels deep');
    const deeper = createCodec({ maxDepth: 501 }).encode(nested(501));
    expect(() => codec.decode(deeper)).toThrow(/more than 500 levels/);
  });

  it('turns an overflowing stack into a refusal', () => {
    expect(refusalOf(nested(200_000), [], 1_000_000).what).toBe('nested too deeply');
  });
});

describe('types', () => {
  const twin = (() => class User {})();
  const cases: [string, unknown[], RegExp][] = [
    ['two classes of one name', [User, twin], /two classes named User.*rename/],
    ['an anonymous class', [(() => class {})()], /anonymous class: give it a name/],
    ['a class without a usable name', [Object.defineProperty(class {}, 'name', { value: 7 })], /anonymous/],
    ['a subclass of Map', [class Registry extends Map {}], /Registry.*built-in Map.*remove it/],
    ['a subclass of Array', [class List extends Array {}], /List.*built-in Array/],
    ['a subclass of a subclass of Error', [class A extends class B extends Error {} {}], /A.*built-in Error/],
    ['a subclass of Date', [class Day extends Date {}], /Day.*built-in Date/],
    ['a subclass of Promise', [class Later extends Promise<unknown> {}], /Later.*built-in Promise/],
    ['a class of the platform', [URL], /URL.*built-in URL/],
    ['a subclass of one', [class Link extends URL {}], /Link.*built-in URL/],
    ['a built-in', [Map], /Map.*built-in Map/],
    ['Object', [Object], /Object.*built-in Object/],
    ['an arrow function', [() => 1], /not a class/],
    ['an instance', [new User()], /not a class/],
    ['nothing', [undefined], /not a class/],
  ];
  it.each(cases)('refuses %s at the start', (_name, types, message) => {
    const create = () => createCodec({ types: types as Type[] });
    expect(create).toThrow(InvalidTypesError);
    expect(create).toThrow(message);
  });

  it('takes the same class twice, and a class without a base', () => {
    class Bare extends (null as unknown as typeof Object) {}
    expect(() => createCodec({ types: [User, User, Admin, Bare as unknown as Type] })).not.toThrow();
  });
});
