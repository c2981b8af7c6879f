/** Classes that say themselves how they are written: what comes back, what is refused, and what another deployment meets. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  InvalidTypesError,
  UncacheableValueError,
  UndecodableValueError,
} from '../../lib/codec/codec-errors';
import { type CustomType, customType } from '../../lib/codec/custom-type';
import { type Type, createCodec } from '../../lib/codec/value-codec';
import { Money, Tags, User, types } from './values';

const codec = createCodec({ types });

function roundTrip<T>(value: T, own = codec): T {
  return own.decode(own.encode(value)) as T;
}

function refusalOf(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was refused');
}

/** What a codec that knows these types says of bytes that another one wrote. */
function reasonOf(bytes: Uint8Array, reader: readonly (Type | CustomType)[]): string {
  const error = refusalOf(() => createCodec({ types: reader }).decode(bytes));
  if (error instanceof UndecodableValueError) return error.reason;
  throw error;
}

function uncacheable(value: unknown, ...known: CustomType[]): string {
  const error = refusalOf(() => createCodec({ types: known }).encode(value));
  expect(error).toBeInstanceOf(UncacheableValueError);
  return error.message;
}

class Box {
  constructor(readonly inside: unknown) {}
}

const box = (overrides: Partial<CustomType<Box>> = {}): CustomType<Box> => ({
  type: Box,
  serialize: ({ inside }) => inside,
  deserialize: (inside) => new Box(inside),
  ...overrides,
});

describe('a custom type', () => {
  it('comes back with its private state, wherever it is', () => {
    const price = Money.of(1999, 'EUR');
    const menu = roundTrip({ owner: new User('Ada', new Date(7)), prices: new Map([[price, { price }]]) });
    const [key, element] = [...menu.prices].flat() as [Money, { price: Money }];
    expect(String(key)).toBe('1999 EUR');
    expect(key).toBeInstanceOf(Money);
    expect(key).not.toBe(price);
    expect(element.price).toBe(key);
    expect(menu.owner).toBeInstanceOf(User);
  });

  it('may extend a built-in', () => {
    const tags = roundTrip(new Tags(['a', 'b']));
    expect(tags).toBeInstanceOf(Tags);
    expect([...tags]).toEqual(['a', 'b']);
  });

  it('may be a class of the platform', () => {
    const own = createCodec({
      types: [customType({ type: URL, serialize: ({ href }) => href, deserialize: (href) => new URL(href) })],
    });
    expect(roundTrip({ home: new URL('https://example.com/a?b') }, own).home.href).toBe(
      'https://example.com/a?b',
    );
  });

  it('may be written as an instance of another, with dates, and as nothing at all', () => {
    const own = createCodec({ types: [box(), ...types] });
    for (const inside of [
      Money.of(7, 'USD'),
      { at: new Date(3) },
      undefined,
      null,
      new Box(new Box('deep')),
    ]) {
      const copy = roundTrip(new Box(inside), own);
      expect(inspect(copy, { depth: 9 })).toBe(inspect(new Box(inside), { depth: 9 }));
    }
  });

  it('is written once where a value holds it twice', () => {
    let runs = 0;
    const own = createCodec({ types: [box({ serialize: ({ inside }) => [++runs, inside] })] });
    const one = new Box('x');
    const copy = roundTrip([one, one, new Box('y')], own);
    expect(runs).toBe(2);
    expect(copy[0]).toBe(copy[1]);
    expect([copy[0]?.inside, copy[2]?.inside]).toEqual([
      [1, 'x'],
      [2, 'y'],
    ]);
  });

  it('keeps objects that it shares with the rest of a value', () => {
    const own = createCodec({ types: [box()] });
    const shared = { n: 1 };
    const [first, before] = roundTrip([new Box(shared), shared] as const, own);
    expect(first.inside).toBe(before);
    const [after, second] = roundTrip([shared, new Box(shared)] as const, own);
    expect(second.inside).toBe(after);
  });

  it('keeps symbols to itself', () => {
    const tagged = Object.assign(new Box('x'), { [Symbol('s')]: 1 });
    expect(roundTrip(tagged, createCodec({ types: [box()] })).inside).toBe('x');
  });
});

describe('what a custom type cannot be written as', () => {
  it.each<[string, Partial<CustomType<Box>>, string]>([
    ['itself', { serialize: (one) => one }, 'it is an instance of Box inside what it is serialized to'],
    ['what holds it', { serialize: (one) => [[one]] }, 'it is an instance of Box inside what it is'],
    ['more and more of it', { serialize: (one) => new Box(one) }, 'it is nested more than 500 levels deep'],
    ['a promise', { serialize: async () => 1 }, '<serialized Box> cannot be cached: it is a Promise'],
    ['what is not kept', { serialize: () => ({ f: () => 1 }) }, '<serialized Box>.f cannot be cached'],
    [
      'what throws',
      {
        serialize: () => {
          throw new Error('secret-content');
        },
      },
      '.a<serialized Box> cannot be cached: it is something that throws',
    ],
  ])('%s', (_name, overrides, said) => {
    const message = uncacheable({ a: new Box(1) }, box(overrides));
    expect(message).toContain(said);
    expect(message).not.toContain('secret-content');
  });

  it('an instance of a class that extends it, or behind a Proxy', () => {
    class Chest extends Box {}
    expect(uncacheable(new Chest(1), box())).toContain('an instance of Chest');
    expect(uncacheable(new Proxy(new Box(1), {}), box())).toContain('a Proxy');
  });

  it('stays usable after a refusal', () => {
    const own = createCodec({ types: [box()] });
    const bad = new Box(() => 1);
    expect(() => own.encode(bad)).toThrow(UncacheableValueError);
    expect(roundTrip(new Box(1), own).inside).toBe(1);
  });
});

describe('another deployment', () => {
  const bytes = createCodec({ types: [box()] }).encode({ a: new Box('secret-content') });

  it('that does not know the class misses', () => {
    expect(reasonOf(bytes, [User])).toBe('they hold an instance of a class that `types` does not name');
  });

  it('that keeps it by its properties misses, and the other way round', () => {
    expect(reasonOf(bytes, [Box])).toBe('they hold a Box for which `types` has no `deserialize`');
    const plain = createCodec({ types: [Box] }).encode(new Box('x'));
    expect(reasonOf(plain, [box()])).toBe('they hold properties of Box, which has a `deserialize` now');
  });

  it('whose deserialize throws at an older form misses, and does not repeat it', () => {
    const strict = box({
      deserialize: (inside) => {
        throw new TypeError(`no form of ours: ${String(inside)}`);
      },
    });
    expect(reasonOf(bytes, [strict])).toBe('the `deserialize` of Box threw');
    expect(inspect(refusalOf(() => createCodec({ types: [strict] }).decode(bytes)))).not.toContain('secret');
  });

  it.each<[string, unknown]>([
    ['a plain object', { inside: 1 }],
    ['undefined', undefined],
    ['null', null],
    ['a promise', Promise.resolve(new Box(1))],
    ['an instance of a subclass', new (class extends Box {})(1)],
  ])('whose deserialize gives %s misses', (_name, given) => {
    const wrong = box({ deserialize: () => given as Box });
    expect(reasonOf(bytes, [wrong])).toBe('the `deserialize` of Box gave no Box');
  });
});

describe('`types`', () => {
  const twin = { ...box(), type: (() => class Box {})() } as unknown as CustomType;
  it.each<[string, unknown[], RegExp]>([
    ['a class in two ways', [Box, box()], /two ways how Box is written/],
    ['two custom types of a class', [box(), box()], /two ways how Box is written/],
    ['two classes of one name', [box(), twin], /two classes named Box/],
    ['a built-in that is kept anyway', [box({ type: Date as never })], /how Date is written.*by itself/],
    ['an error', [box({ type: RangeError as never })], /how RangeError is written/],
    ['a box', [box({ type: Number as never })], /how Number is written/],
    ['a typed array', [box({ type: Uint8Array as never })], /how Uint8Array is written/],
    ['no deserialize', [{ type: Box, serialize: () => 1 }], /without its two functions: write customType/],
    ['no class', [{ ...box(), type: 'Box' }], /not a class/],
    ['an anonymous class', [{ ...box(), type: (() => class {})() }], /anonymous class/],
  ])('refuses %s', (_name, entries, message) => {
    const create = () => createCodec({ types: entries as Type[] });
    expect(create).toThrow(InvalidTypesError);
    expect(create).toThrow(message);
  });

  it('takes the same custom type twice', () => {
    const one = box();
    expect(() => createCodec({ types: [one, one] })).not.toThrow();
  });
});
