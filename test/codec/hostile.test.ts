/** Bytes from a table that others can write to: each ends as a value or an UndecodableValueError, at a price its size pays. */
import fc from 'fast-check';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, vi } from 'vitest';
import { UndecodableValueError } from '../../lib/codec/codec-errors';
import { createCodec } from '../../lib/codec/value-codec';
import { deepState } from './deep-state';
import { types, values } from './values';

const codec = createCodec({ types });

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What decoding comes to; any other error fails the test that asked. */
function outcomeOf(bytes: Uint8Array): 'a value' | UndecodableValueError {
  try {
    codec.decode(bytes);
    return 'a value';
  } catch (error) {
    if (error instanceof UndecodableValueError) return error;
    throw error;
  }
}

function refused(bytes: readonly number[]): string {
  const outcome = outcomeOf(Uint8Array.from(bytes));
  return outcome === 'a value' ? outcome : outcome.reason;
}

const varint = (value: number): number[] => {
  const bytes = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return [...bytes, rest];
};
const key = (text: string) => [0x40 + text.length, ...Buffer.from(text)];
const shape = (...keys: string[]) => {
  const content = [...varint(keys.length), ...keys.flatMap(key)];
  return [...varint(content.length), ...content];
};
const repeat = (times: number, ...bytes: number[]) =>
  Array.from({ length: times * bytes.length }, (_, i) => bytes[i % bytes.length] ?? 0);

/** CPU time, because the wall clock of a busy machine says nothing about the work. */
function cpuMsOf(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

const corpus = Object.keys(values).map((name): [string, Uint8Array] => [name, codec.encode(values[name])]);
// Mutations of small values reach every branch; a large one repeats the same bytes and takes its size squared.
const small = corpus.filter(([, bytes]) => bytes.length < 800);

describe('damaged bytes', () => {
  it.each(small)('%s: every truncation is refused', (_name, bytes) => {
    for (let end = 0; end < bytes.length; end++)
      expect(outcomeOf(bytes.subarray(0, end))).not.toBe('a value');
  });

  it.each(small)('%s: every change of one byte gives a value or is refused', (_name, bytes) => {
    const copy = Uint8Array.from(bytes);
    for (let at = 0; at < bytes.length; at++) {
      const original = bytes[at] ?? 0;
      for (const change of [1, 2, 0x0f, 0x10, 0x40, 0x7f, 0x80, 0xff]) {
        copy[at] = original ^ change;
        outcomeOf(copy);
      }
      copy[at] = original;
    }
  });

  it.each(corpus)('%s: a byte behind the value is refused', (_name, bytes) => {
    expect(refused([...bytes, 0])).toBe('more bytes follow the value');
  });

  it('refuses or reads random bytes', () => {
    const body = fc.uint8Array({ maxLength: 200 });
    fc.assert(
      fc.property(body, (bytes) => void outcomeOf(Uint8Array.of(1, ...bytes))),
      { numRuns: 3000 },
    );
    fc.assert(fc.property(body, (bytes) => void outcomeOf(bytes)));
  });

  it('refuses or reads random sequences of tags', () => {
    const tag = fc.oneof(fc.integer({ min: 0x50, max: 0x71 }), fc.constantFrom(0, 1, 2, 3, 0x41, 0x80, 0x81));
    const body = fc.array(tag, { maxLength: 60 });
    fc.assert(
      fc.property(body, (bytes) => void outcomeOf(Uint8Array.of(1, ...bytes))),
      { numRuns: 5000 },
    );
  });

  it('leaves Object.prototype as it is', () => {
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('the header', () => {
  it.each([0, 3, 15, 0x11, 0x21, 0x81, 0xf2])('refuses %i', (header) => {
    expect(refused([header, 0x51])).toBe('their format is unknown');
  });

  it('refuses no bytes at all', () => {
    expect(refused([])).toBe('their format is unknown');
  });
});

describe('bytes that encode never makes', () => {
  const cases: [string, number[], string][] = [
    ['an unknown tag', [0x7f], 'they hold an unknown tag'],
    ['half a number', [0x55, 1, 2, 3], 'they end in the middle of a value'],
    ['half a string', [0x45, 97, 97], 'they end in the middle of a value'],
    ['a reference to nothing', [0x5b, 0], 'a reference leads nowhere'],
    ['a reference to an object that comes later', [0x64, 2, 0x5b, 1, 0x64, 0], 'a reference leads nowhere'],
    ['a box around its own reference', [0x6b, 0x5b, 0], 'a reference leads nowhere'],
    ['a box around an object', [0x6b, 0x64, 0], 'they box something that has no box'],
    [
      'an instance inside its own data',
      [0x71, 0, ...key('Money'), 0x64, 1, 0x5b, 0],
      'a reference leads nowhere',
    ],
    ['a shape that is not defined', [0x80], 'a shape is used before it is defined'],
    ['a shape inside its own definition', [0x60, 2, 1, 0x80], 'a string was expected'],
    ['a shape with a key twice', [0x60, ...shape('a', 'a'), 1, 2], 'a shape has a key twice'],
    [
      'a shape longer than its bytes',
      [0x60, 9, 1, ...key('a'), 1],
      'a length exceeds the bytes that are left',
    ],
    [
      'a shape shorter than its bytes',
      [0x60, 2, 1, ...key('a'), 1],
      'a shape has another length than it says',
    ],
    [
      'a class that is not named',
      [0x63, 0, ...key('Spy'), 0, ...shape()],
      'they hold an instance of a class',
    ],
    [
      'a class called __proto__',
      [0x63, 0, ...key('__proto__'), 0, ...shape()],
      'they hold an instance of a class',
    ],
    ['a class index without a name', [0x63, 1, 0, ...shape()], 'a class is used before it is named'],
    ['a Map with a key twice', [0x66, 2, 1, 1, 1, 2], 'a Map has a key twice'],
    ['a Set with an item twice', [0x67, 2, 1, 1], 'a Set has an item twice'],
    ['elements out of order', [0x65, 5, 2, 3, 1, 2, 1], 'the elements of an array are out of order'],
    ['an element twice', [0x65, 5, 2, 3, 1, 3, 1], 'the elements of an array are out of order'],
    ['an element behind the end', [0x65, 5, 1, 5, 1], 'the elements of an array are out of order'],
    [
      'an extra property over an own one',
      [0x70, 0x64, 0, 0, ...shape('length'), 9],
      'a property is there twice',
    ],
    ['an element as an extra property', [0x70, 0x64, 0, 0, ...shape('900'), 9], 'a property is there twice'],
    [
      'extra properties on a plain object',
      [0x70, 0x60, ...shape(), 1, 1],
      'they add properties to something',
    ],
    [
      'extra properties on a Buffer',
      [0x70, 0x6c, 0, 0, ...shape('a'), 1],
      'they add properties to something',
    ],
    ['extra properties of extra properties', repeat(50_000, 0x70), 'they add properties to something'],
    ['a malformed RegExp', [0x69, ...key('('), ...key(''), 0], 'a RegExp is malformed'],
    ['a RegExp with unknown flags', [0x69, ...key('a'), ...key('q'), 0], 'a RegExp is malformed'],
    [
      'a giant RegExp',
      [0x69, 0x58, ...varint(70_000), ...repeat(70_000, 97), ...key(''), 0],
      'a RegExp is too long',
    ],
    [
      'a RegExp of a thousand groups within groups',
      [0x69, 0x58, ...varint(60_000), ...repeat(60_000, 40), ...key(''), 0],
      'a RegExp is malformed',
    ],
    ['an unknown kind of error', [0x6a, 8, 0], 'they hold an unknown kind of error'],
    ['an error with unknown properties', [0x6a, 0, 32], 'an error has unknown properties'],
    ['an unknown typed array', [0x6f, 11, 0], 'they hold an unknown typed array'],
    ['part of an element', [0x6f, 3, 3, 1, 2, 3], 'a typed array has part of an element'],
    ['a bigint with an unknown sign', [0x57, 2, 1, 1], 'a bigint has an unknown sign'],
    ['text that is not UTF-8', [0x59, 2, 0xff, 0xfe], 'a string is not UTF-8'],
    ['a surrogate in UTF-8', [0x59, 3, 0xed, 0xa0, 0x80], 'a string is not UTF-8'],
    ['half a character', [0x5a, 3, 1, 2, 3], 'a UTF-16 string has half a character'],
    ['a number with a needless byte', [0x54, 0x80, 0], 'a number has a needless byte'],
    ['a number that never ends', [0x54, ...repeat(9, 0xff), 0], 'a number is too long'],
    ['a number beyond 32 bits', [0x54, 0xff, 0xff, 0xff, 0xff, 0x1f], 'a number is too long'],
  ];
  it.each(cases)('refuses %s', (_name, bytes, reason) => {
    expect(refused([1, ...bytes])).toContain(reason);
  });

  it('gives an error nothing that was not stored, and leaves stack traces on', () => {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 7;
    for (const kind of [0, 5, 7]) {
      const error = codec.decode(Uint8Array.of(1, 0x6a, kind, 0)) as Error;
      expect(Object.getOwnPropertyNames(error)).toEqual([]);
    }
    expect(Error.stackTraceLimit).toBe(7);
    Error.stackTraceLimit = limit;
  });

  it('refuses nesting beyond the limit without overflowing the stack', () => {
    const reason = 'they nest more than 500 levels deep';
    expect(refused([1, ...repeat(100_000, 0x64, 1)])).toBe(reason);
    expect(refused([1, ...repeat(100_000, 0x6b)])).toBe(reason);
    expect(refused([1, ...repeat(100_000, 0x67, 1)])).toBe(reason);
    expect(refused([1, 0x60, ...shape('a'), ...repeat(100_000, 0x80)])).toBe(reason);
    const patient = createCodec({ maxDepth: 1e9 });
    expect(() => patient.decode(Uint8Array.from([1, ...repeat(200_000, 0x64, 1)]))).toThrow(
      UndecodableValueError,
    );
  });

  it('defines __proto__ instead of setting it, wherever a key can stand', () => {
    const evil = [0x60, ...shape('polluted'), 1];
    const places = [
      [0x60, ...shape('__proto__'), ...evil],
      [0x62, 0, ...shape('__proto__'), ...evil],
      [0x63, 0, ...key('User'), 0, ...shape('__proto__'), ...evil],
      [0x70, 0x64, 0, 0, ...shape('__proto__'), ...evil],
    ];
    for (const place of places) {
      const value = codec.decode(Uint8Array.from([1, ...place])) as object;
      expect(Object.hasOwn(value, '__proto__')).toBe(true);
      expect((Object.getPrototypeOf(value) as { polluted?: unknown } | null)?.polluted).toBeUndefined();
      expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    }
  });
});

describe('bombs', () => {
  const HUGE = [0xff, 0xff, 0xff, 0xff, 0x0f];
  const counted: [string, number[]][] = [
    ['a latin1 string', [0x58]],
    ['a UTF-8 string', [0x59]],
    ['a UTF-16 string', [0x5a]],
    ['a bigint', [0x57, 0]],
    ['an array', [0x64]],
    ['the elements of a sparse array', [0x65, ...HUGE]],
    ['a Map', [0x66]],
    ['a Set', [0x67]],
    ['a Buffer', [0x6c]],
    ['an ArrayBuffer', [0x6d]],
    ['a DataView', [0x6e]],
    ['a typed array', [0x6f, 8]],
    ['a shape', [0x60]],
  ];
  it.each(counted)('%s is refused for the length it claims, before anything is allocated', (_name, bytes) => {
    expect(refused([1, ...bytes, ...HUGE])).toBe('a length exceeds the bytes that are left');
    expect(refused([1, ...bytes, ...varint(100_000), ...repeat(1000, 1)])).toBe(
      'a length exceeds the bytes that are left',
    );
  });

  it('a shape is refused for the number of keys it claims', () => {
    expect(refused([1, 0x60, 6, ...HUGE, 1])).toBe('a length exceeds the bytes that are left');
  });

  function heapGrowth(bytes: readonly number[]): number {
    const input = Uint8Array.from(bytes);
    collectGarbage();
    const before = process.memoryUsage();
    const kept: unknown[] = [];
    const cpuMs = cpuMsOf(() => {
      try {
        kept.push(codec.decode(input));
      } catch (error) {
        if (!(error instanceof UndecodableValueError)) throw error;
      }
    });
    expect(cpuMs).toBeLessThan(2000);
    const after = process.memoryUsage();
    // Still used here, so that what was decoded is not collected before it is measured.
    expect(kept.length).toBeLessThan(2);
    return after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
  }

  const N = 20_000;
  const amplifiers: [string, number[]][] = [
    ['sparse arrays of any length', [0x64, ...varint(N), ...repeat(N, 0x65, 0xff, 0xff, 0xff, 0x07, 0)]],
    [
      'sparse arrays just long enough for V8 to reserve',
      [0x64, ...varint(N), ...repeat(N, 0x65, 0xe8, 0x07, 0)],
    ],
    ['one element far out', [0x64, ...varint(N), ...repeat(N, 0x65, 0xe8, 0x07, 1, 0xe7, 0x07, 1)]],
    [
      'objects with a far integer key',
      [0x64, ...varint(N), 0x60, ...shape('1000'), 1, ...repeat(N - 1, 0x80, 1)],
    ],
    [
      'null-prototype objects with a far integer key',
      [0x64, ...varint(N), 0x62, 0, ...shape('1000'), 1, ...repeat(N - 1, 0x62, 1, 1)],
    ],
    [
      'instances with a far integer key',
      [0x64, ...varint(N), 0x63, 0, ...key('User'), 0, ...shape('1000'), 1, ...repeat(N - 1, 0x63, 1, 1, 1)],
    ],
    [
      'Maps with a far integer key',
      [0x64, ...varint(N), 0x70, 0x66, 0, 0, ...shape('1000'), 1, ...repeat(N - 1, 0x70, 0x66, 0, 1, 1)],
    ],
    ['empty objects', [0x64, ...varint(N), 0x60, ...shape(), ...repeat(N - 1, 0x80)]],
    ['empty Maps', [0x64, ...varint(N), ...repeat(N, 0x66, 0)]],
    ['empty buffers', [0x64, ...varint(N), ...repeat(N, 0x6c, 0)]],
    ['errors', [0x64, ...varint(N), ...repeat(N, 0x6a, 7, 0)]],
    [
      'nested arrays that all claim the rest',
      [...repeat(490, 0x64, ...varint(300_000)), ...repeat(305_000, 0)],
    ],
    [
      'references to one large object',
      [0x64, ...varint(N), 0x64, ...varint(1000), ...repeat(1000, 1), ...repeat(N - 1, 0x5b, 1)],
    ],
  ];
  it.each(amplifiers)('%s take memory in proportion to the bytes', (_name, bytes) => {
    expect(heapGrowth([1, ...bytes])).toBeLessThan(20e6);
  });

  it('a bigint of a megabyte is read in a moment', () => {
    const megabyte = Uint8Array.from([1, 0x57, 1, ...varint(1e6)].concat(repeat(1e6, 0xff)));
    expect(cpuMsOf(() => codec.decode(megabyte))).toBeLessThan(500);
    expect(outcomeOf(megabyte)).toBe('a value');
  });

  it('a large value leaves no large buffer behind', async () => {
    codec.encode(1);
    collectGarbage();
    const before = process.memoryUsage().arrayBuffers;
    codec.encode('x'.repeat(8e6));
    // Memory outside the heap is given back by another thread.
    await vi.waitFor(() => {
      collectGarbage();
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4e6);
    });
  });

  it('forgets shapes that it has seen too many of', () => {
    for (let i = 0; i < 3000; i++) expect(refused([1, 0x60, ...shape(`k${String(i)}`), 1])).toBe('a value');
    expect(codec.decode(Uint8Array.from([1, 0x60, ...shape('k5'), 1]))).toEqual({ k5: 1 });
  });
});

describe('what was decoded once', () => {
  it.each(small)('%s decodes to the same again', (_name, bytes) => {
    expect(deepState(codec.decode(bytes))).toEqual(deepState(codec.decode(bytes)));
  });
});
