import { EventEmitter } from 'node:events';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { Readable, Writable } from 'node:stream';
import { of, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { canonicalArguments } from '../../lib/key/canonical';
import { NotDataError } from '../../lib/key/not-data-error';

function refusalOf(...args: unknown[]): NotDataError {
  try {
    canonicalArguments(args);
  } catch (error) {
    if (error instanceof NotDataError) return error;
    throw error;
  }
  throw new Error('was written as data');
}

class Account {
  #balance = 0;
  get balance() {
    return this.#balance;
  }
}

class NamedAccount {
  name = 'savings';
  #balance: number;
  constructor(balance: number) {
    this.#balance = balance;
  }
  get balance() {
    return this.#balance;
  }
}

class Tags extends Map<string, string> {
  label = 'x';
}

class Query {
  sql = 'select 1';
  then() {
    return this;
  }
}

class Counter {
  count = 0;
  next() {
    return { done: false, value: this.count++ };
  }
  [Symbol.iterator]() {
    return this;
  }
}

function expressRequest(): object {
  // As express does: a prototype of its own, in front of IncomingMessage's.
  const prototype = Object.create(IncomingMessage.prototype) as object;
  return Object.setPrototypeOf(new IncomingMessage(new Socket()), prototype) as object;
}

function fastifyRequest(): object {
  function Request(this: Record<string, unknown>) {
    this.id = 'req-1';
    this.params = { id: '7' };
    this.query = {};
    this.raw = new IncomingMessage(new Socket());
  }
  return new (Request as unknown as new () => object)();
}

const noName = (() => class {})();

const notData: [label: string, value: unknown, what: string][] = [
  ['function', () => 1, 'a function'],
  ['class', Account, 'a function'],
  ['symbol', Symbol('s'), 'a symbol'],
  ['promise', Promise.resolve(1), 'a promise (Promise)'],
  ['query that can be awaited', new Query(), 'a promise (Query)'],
  ['IncomingMessage', new IncomingMessage(new Socket()), 'a stream (IncomingMessage)'],
  ['ServerResponse', new ServerResponse(new IncomingMessage(new Socket())), 'a stream (ServerResponse)'],
  ['request of Express', expressRequest(), 'a stream (IncomingMessage)'],
  ['Socket', new Socket(), 'a stream (Socket)'],
  ['Readable', Readable.from([1]), 'a stream (Readable)'],
  ['Writable', new Writable(), 'a stream (Writable)'],
  ['ReadableStream', new ReadableStream(), 'a stream (ReadableStream)'],
  ['WritableStream', new WritableStream(), 'a stream (WritableStream)'],
  ['TransformStream', new TransformStream(), 'a stream (TransformStream)'],
  ['EventEmitter', new EventEmitter(), 'an event emitter (EventEmitter)'],
  ['AbortSignal', new AbortController().signal, 'an event emitter (AbortSignal)'],
  ['Observable', of(1), 'an observable (Observable)'],
  ['Subject, whose state shows', new Subject(), 'an observable (Subject)'],
  ['generator', (function* () { yield 1; })(), 'an iterator (an unnamed class)'], // prettier-ignore
  ['iterator of an array', [1].values(), 'an iterator (an unnamed class)'],
  ['iterator whose state shows', new Counter(), 'an iterator (Counter)'],
  ['WeakMap', new WeakMap(), 'an instance of WeakMap, whose state is hidden'],
  ['WeakRef', new WeakRef({}), 'an instance of WeakRef, whose state is hidden'],
  ['SharedArrayBuffer', new SharedArrayBuffer(1), 'an instance of SharedArrayBuffer, whose state is hidden'],
  ['Intl', new Intl.NumberFormat('en'), 'an instance of NumberFormat, whose state is hidden'],
  ['boxed symbol', Object(Symbol('s')), 'an instance of Symbol, whose state is hidden'],
  ['Error', new TypeError('x'), 'an error'],
  ['URL', new URL('http://a/'), 'an instance of URL with #private fields'],
  ['private state only', new Account(), 'an instance of Account with #private fields'],
  ['private state behind visible', new NamedAccount(1), 'an instance of NamedAccount with #private fields'],
  ['no state', new (class Empty {})(), 'an instance of Empty with no visible state'],
  ['class that extends a built-in', new Tags([['a', 'b']]), 'an instance of Tags, whose state is hidden'],
  [
    'array of another class',
    new (class Ids extends Array {})(3),
    'an instance of Ids, whose state is hidden',
  ],
  ['date of another class', new (class Day extends Date {})(0), 'an instance of Day, whose state is hidden'],
  ['unnamed class', Object.assign(new noName(), { a: 1 }), 'an instance of a class that has no proper name'],
  ['proxy of an object', new Proxy({}, {}), 'a proxy'],
  ['revoked proxy', revokedProxy(), 'a proxy'],
  [
    'heir of an object',
    Object.assign(Object.create({ a: 1 }) as object, { b: 1 }),
    'an object that inherits from another',
  ],
  ['heir of a proxy', Object.create(new Proxy({}, {})), 'an object that inherits from a proxy'],
  ['symbol for a key', { a: 1, [Symbol('s')]: 1 }, 'an object with symbols for keys'],
  [
    'map with a property',
    Object.assign(new Map(), { a: 1 }),
    'a built-in object with properties added to it',
  ],
  [
    'set with a property',
    Object.assign(new Set(), { a: 1 }),
    'a built-in object with properties added to it',
  ],
  [
    'date with a property',
    Object.assign(new Date(), { a: 1 }),
    'a built-in object with properties added to it',
  ],
  ['regexp with a property', Object.assign(/a/, { a: 1 }), 'a built-in object with properties added to it'],
  ['result of a match', /a/.exec('a'), 'a built-in object with properties added to it'],
  [
    'buffer with a property',
    Object.assign(Buffer.from('a'), { a: 1 }),
    'a built-in object with properties added to it',
  ],
  [
    'typed array with a property',
    Object.assign(new Float32Array(2), { a: 1 }),
    'a built-in object with properties added to it',
  ],
  [
    'view with a property',
    Object.assign(new DataView(new ArrayBuffer(1)), { a: 1 }),
    'a built-in object with properties added to it',
  ],
  [
    'memory with a property',
    Object.assign(new ArrayBuffer(1), { a: 1 }),
    'a built-in object with properties added to it',
  ],
  [
    'boxed string with a property',
    Object.assign(Object('a') as object, { a: 1 }),
    'a built-in object with properties added to it',
  ],
  ['throwing getter', { get a(): number { throw new Error('no'); } }, 'something that fails when it is read'], // prettier-ignore
];

function revokedProxy(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

describe('refuses what is not data', () => {
  for (const [label, value, what] of notData) {
    it(label, () => {
      const error = refusalOf('id', { filter: [value] });
      expect(error.what).toBe(what);
      expect(error.path).toMatch(/^\[1\]\.filter\[0\](\.a)?$/);
      expect(error.code).toBe('NOT_DATA');
    });
  }

  it('a class whose name was changed into the text of something else', () => {
    class Fake {
      id = 1;
    }
    Object.defineProperty(Fake, 'name', { value: 'Real{"id":1},Fake' });
    expect(refusalOf(new Fake()).what).toBe('an instance of a class that has no proper name');
  });

  it('a class whose name is a getter, without running it', () => {
    let reads = 0;
    class Computed {
      static get name() {
        return `Computed${reads++}`;
      }
      id = 1;
    }
    expect(refusalOf(new Computed()).what).toBe('an instance of a class that has no proper name');
    expect(reads).toBe(0);
  });

  it('an object that claims a class by its `constructor` only', () => {
    const prototype = { constructor: NamedAccount, inherited: 1 };
    const heir = Object.assign(Object.create(prototype) as object, { id: 1 });
    expect(refusalOf(heir).what).toBe('an object that inherits from another');
  });

  it('a request of Fastify, by the raw request in it', () => {
    const error = refusalOf(fastifyRequest());
    expect([error.path, error.what]).toEqual(['[0].raw', 'a stream (IncomingMessage)']);
  });

  it('an error that a getter throws is kept as the cause', () => {
    const cause = new Error('no');
    const error = refusalOf({
      get a() {
        throw cause;
      },
    });
    expect(error.cause).toBe(cause);
  });

  it('without running a proxy', () => {
    let touched = 0;
    const touch = () => {
      touched++;
      return undefined;
    };
    const proxy = new Proxy(
      {},
      { get: touch, ownKeys: () => (touch(), []), getPrototypeOf: () => (touch(), null) },
    );
    refusalOf(proxy);
    refusalOf(Object.create(proxy));
    expect(touched).toBe(0);
  });
});

describe('says where', () => {
  const f = () => 1;
  const paths: [args: unknown[], path: string][] = [
    [[f], '[0]'],
    [[1, { headers: f }], '[1].headers'],
    [[{ 'x-id': { a: [0, f] } }], '[0]["x-id"].a[1]'],
    [[{ ok: [1, 2, 3], late: new Promise(() => undefined) }], '[0].late'],
    [[{ before: { deep: { er: 1 } }, on: Object.assign(new Date(), { x: 1 }) }], '[0].on'],
    [[new Map([['secret', f]])], '[0][value 0]'],
    [[new Map<unknown, number>([['secret', 1], [f, 1]])], '[0][key 1]'], // prettier-ignore
    [[new Set([1, f])], '[0][member 1]'],
    [[{ ['k'.repeat(5000)]: f }], `[0].${'k'.repeat(40)}`],
  ];
  for (const [args, path] of paths) {
    it(path.slice(0, 30), () => {
      expect(refusalOf(...args).path).toBe(path);
    });
  }

  it('and what to do instead, without the values', () => {
    expect(refusalOf(new Map([['secret', f]])).message).toBe(
      'The argument at [0][value 0] is a function: a key can only be made from data. Pass what the result depends on, such as an id.',
    );
  });
});
