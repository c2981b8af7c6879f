import { Keyv, type KeyvOptions } from 'keyv';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type Mock, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { DynamoStore, type DynamoCacheOptions } from '../../lib/core';
import { InvalidOptionsError } from '../../lib/invalid-options-error';
import { ManualClock } from '../../lib/testing';
import { call } from '../dynamodb/entries';
import { recordingClient } from '../dynamodb/recording-client';
import { afterFile } from '../support/after-file';
import { dynamodbEndpoint, freshTable, rawItem, testClient } from '../support/dynamodb';
import { FaultyProxy } from '../support/faulty-proxy';

const DAY = 86_400_000;
const client = testClient();
let table: string;
let clock: ManualClock;

beforeAll(async () => {
  table = await freshTable();
});
beforeEach(() => {
  clock = new ManualClock();
});

let namespaces = 0;
/** A namespace of its own for each test. */
function storeOf(options: DynamoCacheOptions = {}): { store: DynamoStore; prefix: string } {
  const namespace = `test${namespaces++}`;
  return {
    store: new DynamoStore({ table, client, clock, namespace, timeout: '5s', ...options }),
    prefix: `${namespace}#`,
  };
}

function withoutPrefix(store: DynamoStore, options: KeyvOptions = {}): Keyv {
  const keyv = new Keyv({ store, ...options });
  keyv.namespace = undefined;
  return keyv;
}

describe('keys', () => {
  it("have Keyv's namespace and a colon in front", async () => {
    const { store, prefix } = storeOf();
    await new Keyv({ store }).set('a', 1);
    await new Keyv({ store, namespace: 'menus' }).set('a', 1);
    expect(await rawItem(table, `${prefix}keyv:a`)).toBeDefined();
    expect(await rawItem(table, `${prefix}menus:a`)).toBeDefined();
  });

  it.each<[string, (store: DynamoStore) => Keyv]>([
    ['useKeyPrefix: false', (store) => new Keyv({ store, useKeyPrefix: false })],
    ['namespace: undefined', (store) => new Keyv({ store, namespace: undefined } as never)],
    ['a namespace taken away', (store) => withoutPrefix(store)],
  ])('are as given with %s', async (_what, make) => {
    const { store, prefix } = storeOf();
    await make(store).set('a', 1);
    expect(await rawItem(table, `${prefix}a`)).toBeDefined();
  });
});

describe('time to live', () => {
  const endOf = async (prefix: string) => Number((await rawItem(table, `${prefix}a`))?.end?.N) - clock.now();

  it.each<[string, number | undefined, number]>([
    ['milliseconds', 1_500, 1_500],
    ['30 days when there is none', undefined, 30 * DAY],
    ['30 days when it is 0, which is Keyv for never', 0, 30 * DAY],
    ['30 days for ever', Infinity, 30 * DAY],
    ['30 days for as long as a number can say', Number.MAX_SAFE_INTEGER, 30 * DAY],
    ['30 days for what is no number', NaN, 30 * DAY],
    ['a millisecond when it is past', -5, 1],
  ])('is %s', async (_what, ttl, expected) => {
    const { store, prefix } = storeOf();
    await withoutPrefix(store).set('a', 1, ttl);
    expect(await endOf(prefix)).toBe(expected);
  });

  it("is the store's longest when Keyv has none", async () => {
    const { store, prefix } = storeOf({ maxTtl: '90d' });
    const keyv = withoutPrefix(store);
    await keyv.set('a', 1);
    expect(await endOf(prefix)).toBe(90 * DAY);
    await keyv.set('a', 1, 60 * DAY);
    expect(await endOf(prefix)).toBe(60 * DAY);
    await keyv.set('a', 1, 91 * DAY);
    expect(await endOf(prefix)).toBe(90 * DAY);
  });

  it("is Keyv's own before the store's", async () => {
    const { store, prefix } = storeOf();
    await withoutPrefix(store, { ttl: 7_000 }).set('a', 1);
    expect(await endOf(prefix)).toBe(7_000);
  });

  it('is kept to the millisecond, though the item is still there', async () => {
    const { store, prefix } = storeOf();
    const keyv = withoutPrefix(store);
    await keyv.set('a', 'value', 1_000);
    clock.advance(999);
    expect(await keyv.get('a')).toBe('value');
    clock.advance(1);
    expect([await keyv.get('a'), await keyv.has('a'), await keyv.get(['a'])]).toEqual([
      undefined,
      false,
      [undefined],
    ]);
    expect(await keyv.delete('a')).toBe(false);
    expect(await rawItem(table, `${prefix}a`)).toBeDefined();
  });
});

describe('many keys', () => {
  it('are read in as few requests as hold them', async () => {
    const recorded = recordingClient();
    const { store } = storeOf({ client: recorded.client });
    const keyv = new Keyv({ store });
    const pairs = Array.from({ length: 250 }, (_, i) => ({ key: `k${i}`, value: i }));
    expect(await keyv.setMany(pairs)).toEqual(Array(250).fill(true));

    // Keys that were written just now are read consistently, which takes requests of their own.
    clock.advance(10_000);
    recorded.sent.length = 0;
    const keys = [...pairs.map(({ key }) => key), 'absent'];
    expect(await keyv.get(keys)).toEqual([...pairs.map(({ value }) => value), undefined]);
    expect(await keyv.has(keys)).toEqual([...Array<boolean>(250).fill(true), false]);
    expect(recorded.commands()).toEqual(Array(6).fill('BatchGetItem'));
  });

  it('are deleted, and it says whether all were there', async () => {
    const keyv = new Keyv({ store: storeOf().store });
    await keyv.setMany(['a', 'b', 'c'].map((key) => ({ key, value: 1 })));
    expect(await keyv.delete(['a', 'b'])).toBe(true);
    expect(await keyv.delete(['b', 'c'])).toBe(false);
    expect(await keyv.get(['a', 'b', 'c'])).toEqual([undefined, undefined, undefined]);
  });
});

describe('clear', () => {
  it("evicts what has Keyv's namespace, and leaves the others", async () => {
    const { keyvOf, commands } = cacheOf();
    const [plain, menus, menus2] = [keyvOf(undefined), keyvOf('menus'), keyvOf('menus2')];
    await Promise.all([plain.set('other', 1), menus.set('a', 1), menus2.set('a', 1)]);

    await menus.clear();

    expect(commands().filter((command) => command === 'Scan')).toHaveLength(1);
    expect([await menus.get('a'), await menus2.get('a'), await plain.get('other')]).toEqual([
      undefined,
      1,
      1,
    ]);
  });

  it('without a namespace evicts everything by one small write', async () => {
    const { keyvOf, sent, commands } = cacheOf();
    const [plain, menus] = [keyvOf(undefined), keyvOf('menus')];
    await Promise.all([plain.set('other', 1), menus.set('a', 1)]);

    sent.length = 0;
    await plain.clear();

    expect(commands()).toEqual(['PutItem']);
    expect([await plain.get('other'), await menus.get('a')]).toEqual([undefined, undefined]);
    await plain.set('other', 2);
    expect(await plain.get('other')).toBe(2);
  });

  /** Keyvs of one namespace of the table, each with a store of its own, that see what the others have written. */
  function cacheOf() {
    const recorded = recordingClient();
    const options = { namespace: `test${namespaces++}`, client: recorded.client, consistentRead: true };
    const keyvOf = (namespace: string | undefined) => {
      const { store } = storeOf(options);
      return namespace === undefined ? withoutPrefix(store) : new Keyv({ store, namespace });
    };
    return { keyvOf, ...recorded };
  }
});

describe('a value that cannot be kept', () => {
  const unkept = { value: () => 1 };

  it('evicts what it was to replace, and is an error of Keyv', async () => {
    const { store } = storeOf();
    const keyv = withoutPrefix(store, { serialize: undefined, deserialize: undefined } as never);
    const errors = vi.fn();
    keyv.on('error', errors);
    await keyv.set('a', 'old');
    expect(await keyv.set('a', unkept)).toBe(false);
    expect(await keyv.get('a')).toBeUndefined();
    expect(errors).toHaveBeenCalledTimes(1);
  });

  it('does not take its neighbours with it where nobody listens', async () => {
    const { store } = storeOf();
    const pairs = [
      { key: 'a', value: { value: unkept } },
      { key: 'b', value: 'text' },
    ];
    expect(await (store.setMany(pairs) as Promise<unknown>)).toEqual([false, true]);
  });

  it('does not keep its neighbours from being kept', async () => {
    const { store } = storeOf();
    const keyv = withoutPrefix(store, { serialize: undefined, deserialize: undefined } as never);
    const errors = vi.fn();
    keyv.on('error', errors);
    const results = await keyv.setMany([
      { key: 'a', value: unkept },
      { key: 'b', value: 1 },
    ]);
    expect([results, await keyv.get(['a', 'b'])]).toEqual([
      [false, true],
      [undefined, 1],
    ]);
    expect(errors).toHaveBeenCalledTimes(1);
  });
});

describe('a DynamoDB that is away', () => {
  let proxy: FaultyProxy;
  let sick: DynamoDBClient;
  let store: DynamoStore;
  let logger: { warn: Mock; error: Mock };
  beforeAll(async () => {
    proxy = await FaultyProxy.start(dynamodbEndpoint);
    sick = testClient({ endpoint: proxy.endpoint, maxAttempts: 1 });
    afterFile(() => proxy.close());
  });
  beforeEach(() => {
    proxy.mode = 'black-hole';
    proxy.reset();
    logger = { warn: vi.fn(), error: vi.fn() };
    store = new DynamoStore({ table, client: sick, clock, timeout: 60, logger });
  });

  it.each<[string, (keyv: Keyv) => Promise<unknown>, unknown]>([
    ['get', (keyv) => keyv.get('a'), undefined],
    ['get of many', (keyv) => keyv.get(['a', 'b']), [undefined, undefined]],
    ['getRaw', (keyv) => keyv.getRaw('a'), undefined],
    ['has', (keyv) => keyv.has('a'), false],
    ['has of many', (keyv) => keyv.has(['a', 'b']), [false, false]],
    ['set', (keyv) => keyv.set('a', 1), false],
    ['delete', (keyv) => keyv.delete('a'), false],
    ['delete of many', (keyv) => keyv.delete(['a', 'b']), false],
  ])('makes %s answer in its time, and emit why', async (_what, ask, expected) => {
    const keyv = new Keyv({ store });
    const errors = vi.fn();
    keyv.on('error', errors);
    const started = performance.now();
    expect(await ask(keyv)).toEqual(expected);
    expect(performance.now() - started).toBeLessThan(1_000);
    await expect.poll(() => errors.mock.calls.length).toBeGreaterThan(0);
    const deadline = expect.objectContaining({ code: 'DEADLINE' }) as unknown;
    expect(errors.mock.calls.flat()).toEqual(errors.mock.calls.map(() => deadline));
  });

  it('emits what DynamoDB says, once a request', async () => {
    proxy.mode = 'access-denied';
    const keyv = new Keyv({ store });
    const errors = vi.fn();
    keyv.on('error', errors);
    expect(await keyv.get(['a', 'b'])).toEqual([undefined, undefined]);
    expect(errors.mock.calls).toEqual([[expect.objectContaining({ name: 'AccessDeniedException' })]]);
  });

  it('emits nothing, and sends nothing, while the breaker is open', async () => {
    proxy.mode = 'status-500';
    const keyv = new Keyv({ store });
    for (let i = 0; i < 5; i++) await keyv.get('a');
    const errors = vi.fn();
    keyv.on('error', errors);
    proxy.reset();
    expect([await keyv.get('a'), await keyv.set('a', 1)]).toEqual([undefined, false]);
    expect([errors.mock.calls.length, proxy.count()]).toEqual([0, 0]);
  });

  it('answers though a listener throws', async () => {
    proxy.mode = 'access-denied';
    const keyv = new Keyv({ store });
    keyv.on('error', () => {
      throw new Error('from a listener');
    });
    expect([await keyv.get('a'), await keyv.set('a', 1), await keyv.delete('a')]).toEqual([
      undefined,
      false,
      false,
    ]);
  });

  it('throws nothing when nobody listens', async () => {
    const keyv = new Keyv({ store });
    expect(await keyv.set('a', 1)).toBe(false);
    expect(await keyv.setMany([{ key: 'a', value: 1 }])).toEqual([false]);
    expect(await keyv.get(['a'])).toEqual([undefined]);
  });

  it('throws nothing at who reads from the store itself', async () => {
    expect([await store.get('a'), await store.has('a')]).toEqual([undefined, false]);
    expect(
      await new DynamoStore({ table, client: sick, clock, timeout: 60, logger }).get('a'),
    ).toBeUndefined();
  });

  it('emits that a flush has failed', async () => {
    proxy.mode = 'access-denied';
    const keyv = new Keyv({ store });
    const errors = vi.fn();
    keyv.on('error', errors);
    await keyv.clear();
    expect(errors.mock.calls).toEqual([[expect.objectContaining({ name: 'AccessDeniedException' })]]);
  });

  it('is asked for every key of a deletion, though some fail', async () => {
    proxy.mode = 'pass';
    const keys = Array.from({ length: 40 }, (_, i) => `gone${i}`);
    const whole = new DynamoStore({ table, client, timeout: '5s' });
    // By a clock that stands still, the failed one is not tried again.
    const partly = new DynamoStore({ table, client: sick, clock, timeout: '5s', logger });
    await Promise.all(keys.map((key) => whole.set(`keyv:${key}`, 'text')));
    proxy.intercept = ({ body }) => (JSON.stringify(body).includes('keyv:gone0"') ? 'throttle' : 'pass');
    expect(await new Keyv({ store: partly }).delete(keys)).toBe(false);
    proxy.intercept = undefined;
    const found = await whole.read(
      keys.map((key) => `cache#keyv:${key}`),
      call(),
    );
    expect([...found.values()].filter(({ state }) => state === 'entry')).toHaveLength(1);
  });
});

describe('the keyv that is given the store', () => {
  it('is refused when it is newer than 5', () => {
    // keyv 6 asks this of a store before anything else, and keyv 5 never.
    const ask = () => storeOf().store.capabilities;
    expect(ask).toThrow(InvalidOptionsError);
    expect(ask).toThrow(/keyv \^5.*npm install keyv@5/);
  });
});
