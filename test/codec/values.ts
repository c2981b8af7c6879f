/** One value of every kind the codec promises to keep, by name. The fixture is made from the same list. */
import { customType } from '../../lib/codec/custom-type';

export class User {
  constructor(
    readonly name: string,
    readonly born: Date,
  ) {}

  get label(): string {
    return `${this.name}!`;
  }
}

export class Admin extends User {}

/** All of its state is private, and so is its constructor. */
export class Money {
  readonly #cents: number;

  private constructor(
    cents: number,
    private readonly currency: string,
  ) {
    this.#cents = cents;
  }

  static of(cents: number, currency: string): Money {
    return new Money(cents, currency);
  }

  static readonly custom = customType({
    type: Money,
    serialize: (money) => ({ cents: money.#cents, currency: money.currency }),
    deserialize: ({ cents, currency }) => new Money(cents, currency),
  });

  toString(): string {
    return `${this.#cents} ${this.currency}`;
  }
}

/** Its instances are built-ins that no property shows. */
export class Tags extends Set<string> {
  static readonly custom = customType({
    type: Tags,
    serialize: (tags) => [...tags],
    deserialize: (names) => new Tags(names),
  });
}

/** What the values below need a codec to know. */
export const types = [User, Admin, Money.custom, Tags.custom];

function withOwnProto(): object {
  return Object.defineProperty({ a: 1 }, '__proto__', {
    value: { polluted: true },
    enumerable: true,
    writable: true,
    configurable: true,
  });
}

function cyclic(): object {
  const node: Record<string, unknown> = { name: 'root', children: [] };
  node.self = node;
  node.map = new Map<unknown, unknown>([[node, node]]);
  node.set = new Set([node]);
  (node.children as unknown[]).push(node, { parent: node });
  return node;
}

function sharedLeaf(): object {
  const leaf = { at: new Date(5) };
  return { left: leaf, right: leaf, dates: [leaf.at, leaf.at] };
}

function amongReferences(): object {
  const price = Money.of(5, 'EUR');
  const owner = new User('Ada', new Date(7));
  return { first: { price }, owner, again: [price, owner], tags: new Tags(['x']), last: owner };
}

function sparse(): unknown[] {
  const array: unknown[] = [];
  array[3] = 'three';
  array[1000] = undefined;
  array.length = 5000;
  return array;
}

function holesAtTheEnds(): unknown[] {
  const array: unknown[] = [];
  array[1] = 1;
  array.length = 3;
  return array;
}

function regexp(source: string, flags: string, lastIndex: number): RegExp {
  return Object.assign(new RegExp(source, flags), { lastIndex });
}

function errorOf<T extends Error>(error: T, extra: object = {}): T {
  error.stack = `${error.name}: ${error.message}\n    at somewhere (file.ts:1:1)`;
  Object.defineProperty(error, 'stack', { enumerable: false });
  return Object.assign(error, extra);
}

function nullPrototype(properties: object): object {
  return Object.assign(Object.create(null) as object, properties);
}

const pool = Uint8Array.from({ length: 64 }, (_, i) => i * 3);

export const values: Readonly<Record<string, unknown>> = {
  undefined,
  null: null,
  true: true,
  false: false,
  zero: 0,
  'minus zero': -0,
  'small integer': 63,
  'integers around every width': [
    64,
    -1,
    -64,
    -65,
    127,
    128,
    16_383,
    16_384,
    2 ** 31 - 1,
    -(2 ** 31),
    2 ** 31,
    2 ** 32,
  ],
  'large numbers': [2 ** 53 - 1, -(2 ** 53), 1e300, Number.MIN_VALUE, Number.MAX_VALUE, 1_700_000_000_000],
  doubles: [0.1, -1.5, Math.PI],
  'not numbers': [NaN, Infinity, -Infinity],
  bigints: [
    0n,
    1n,
    -1n,
    2n ** 63n - 1n,
    -(2n ** 63n),
    2n ** 63n,
    -(2n ** 63n) - 1n,
    7n ** 500n,
    -(7n ** 500n),
  ],
  'empty string': '',
  strings: [
    'a',
    'exactly12ch.',
    'exactly13chr.',
    'x'.repeat(32),
    'x'.repeat(33),
    'y'.repeat(300),
    'nul\0nul',
  ],
  'wide strings': [
    'é',
    'é'.repeat(40),
    'žluťoučký kůň',
    '日本語',
    '日本語'.repeat(30),
    '👩‍👩‍👧',
    `${'x'.repeat(50)}👍`,
  ],
  'lone surrogates': ['\ud800', '\udc00', 'a\ud83d', `${'long '.repeat(20)}\udfff`, '\udc00\ud800'],
  dates: [new Date(0), new Date(1_700_000_000_123), new Date(-1), new Date(NaN)],
  'regular expressions': [/a\/b/giu, regexp('(?<x>.)', 'y', 3), new RegExp(''), /\n/ms],
  map: new Map<unknown, unknown>([
    [1, 'one'],
    ['1', 'text'],
    [{ id: 1 }, new Map([[NaN, [undefined]]])],
    [null, undefined],
  ]),
  set: new Set<unknown>([1, '1', null, NaN, new Set([[1]])]),
  'empty collections': [new Map(), new Set(), [], {}],
  arrays: [[1, 'two', [3, [4]]], Array.from({ length: 300 }, (_, i) => i)],
  'sparse array': sparse(),
  'holes at the ends': holesAtTheEnds(),
  'array of holes': new Array(7),
  'match with its own properties': /(?<first>b)(c)?/d.exec('abd'),
  'array with extra properties': Object.assign([1, 2], { extra: 'x', '-1': 0, '01': 1 }),
  'sparse array with extra properties': Object.assign(sparse(), { extra: { deep: [1] } }),
  'plain objects': { b: 1, a: { nested: { deep: null } }, '': 'empty key', 'key with spaces': undefined },
  'integer-like keys': { 10: 'ten', 2: 'two', b: 1, a: 2, '-1': 'minus', '01': 'text' },
  'far integer-like keys': [
    { 5000: 'a', x: 1 },
    { 5000: 'b', x: 2 },
    { 4_294_967_294: 1, 4_294_967_295: 2 },
  ],
  'null prototype': nullPrototype({ a: 1, toString: 'text', nested: nullPrototype({}) }),
  'null prototype with far keys': nullPrototype({ 90_000: 1 }),
  'null prototype with __proto__': Object.defineProperty(nullPrototype({}), '__proto__', {
    value: 7,
    enumerable: true,
    writable: true,
    configurable: true,
  }),
  'own __proto__': withOwnProto(),
  'own __proto__ in a list': [withOwnProto(), withOwnProto()],
  'keys of Object.prototype': { constructor: 1, toString: 'x', hasOwnProperty: null, valueOf: {} },
  'list of records': Array.from({ length: 20 }, (_, i) => ({
    id: i,
    name: `n${i}`,
    at: new Date(i),
    owner: { id: i },
  })),
  'many shapes': Array.from({ length: 100 }, (_, i) => ({ [`k${i % 80}`]: i, [`l${i}`]: null })),
  'wide object': Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`column ${i}`, i])),
  buffer: Buffer.from('buffer'),
  'bytes that are no Buffer': Uint8Array.of(1, 2, 3),
  'window on a pool': [
    pool.subarray(7, 20),
    new DataView(pool.buffer, 3, 9),
    new Uint16Array(pool.buffer, 8, 5),
  ],
  'typed arrays': [
    Int8Array.of(-1, 1),
    Uint8ClampedArray.of(255),
    Int16Array.of(-300),
    Uint16Array.of(300),
    Int32Array.of(-70_000),
    Uint32Array.of(70_000),
    Float32Array.of(0.5, NaN),
    Float64Array.of(-0, 0.1),
    BigInt64Array.of(-1n),
    BigUint64Array.of(2n ** 64n - 1n),
    new Uint8Array(0),
  ],
  'array buffer': Uint8Array.of(9, 8, 7).buffer,
  errors: [
    errorOf(new Error('plain')),
    errorOf(new TypeError('with cause', { cause: { id: 1 } })),
    errorOf(new RangeError(), { code: 'E_RANGE', details: [1] }),
    errorOf(new AggregateError([errorOf(new SyntaxError('inner'))], 'many')),
    errorOf(new URIError('')),
    errorOf(new EvalError('e')),
    errorOf(new ReferenceError('r')),
  ],
  boxed: [
    Object(1),
    Object(-0),
    Object('text'),
    Object(false),
    Object(10n),
    Object.assign(Object('ab'), { x: 1 }),
  ],
  'extra properties on built-ins': [
    Object.assign(new Date(3), { zone: 'UTC' }),
    Object.assign(new Map([[1, 2]]), { label: 'm', 7: 'index' }),
    Object.assign(new Set([1]), { label: 's' }),
  ],
  'cyclic graph': cyclic(),
  'shared references': sharedLeaf(),
  'named class': new User('Ada', new Date(7)),
  'named classes in a list': [
    new User('a', new Date(1)),
    new Admin('b', new Date(2)),
    new User('c', new Date(3)),
  ],
  'custom types': [Money.of(1999, 'EUR'), new Tags(['new', 'open']), Money.of(-1, 'USD')],
  'custom types among references': amongReferences(),
};
