/** What is written through one door reads, typed, through all of them. */
import { Keyv } from 'keyv';
import superjson from 'superjson';
import { beforeAll, describe, expect, it } from 'vitest';
import { freshTable } from '../support/dynamodb';
import { type Doors, openDoors } from './doors';

class Dish {
  constructor(readonly name: string) {}
}

const VALUES: Record<string, unknown> = {
  Date: new Date(1_767_225_600_123),
  Map: new Map<unknown, unknown>([
    ['a', 1],
    [{ key: true }, new Set([1n])],
  ]),
  Buffer: Buffer.from([0, 255, 1]),
  BigInt: 2n ** 70n,
  undefined,
  null: null,
  false: false,
  0: 0,
  'the empty text': '',
  'a text that looks like ours': ':base64:no',
  'a named class': new Dish('soup'),
  nested: { at: new Date(0), list: [undefined, null, NaN, -0, { deep: [new Map([[1, Buffer.from('x')]])] }] },
};

const UNSERIALISED = { serialize: undefined, deserialize: undefined };
const SUPERJSON = { serialize: superjson.stringify, deserialize: superjson.parse };

interface Door {
  write(key: string, value: unknown): Promise<unknown>;
  read(key: string): Promise<unknown>;
}

type OpenDoor = (doors: Doors) => Door;

const mustNotLoad = () => {
  throw new Error('missed');
};

function keyvDoor(options: object = {}): OpenDoor {
  return ({ store }) => {
    const keyv = new Keyv({ store, ...options });
    // So that its keys are everybody's keys.
    keyv.namespace = undefined;
    return {
      write: (key, value) => keyv.set(key, value),
      read: (key) => keyv.get(key),
    };
  };
}

/** The doors that keep every type. */
const TYPED: Record<string, OpenDoor> = {
  'DynamoCache.set and get': ({ cache }) => ({
    write: (key, value) => cache.set(key, value),
    read: (key) => cache.get(key),
  }),
  'DynamoCache.getOrLoad': ({ cache }) => ({
    write: (key, value) => cache.getOrLoad(key, () => value),
    read: (key) => cache.getOrLoad(key, mustNotLoad),
  }),
  'CACHE_MANAGER.set and get': ({ manager }) => ({
    write: (key, value) => manager.set(key, value),
    read: (key) => manager.get(key),
  }),
  'CACHE_MANAGER.wrap': ({ manager }) => ({
    write: (key, value) => manager.wrap(key, () => value),
    read: (key) => manager.wrap(key, mustNotLoad),
  }),
  'CACHE_MANAGER.mset and mget': ({ manager }) => ({
    write: (key, value) => manager.mset([{ key, value }]),
    read: async (key) => (await manager.mget([key]))[0],
  }),
  'Keyv without a serialiser': keyvDoor(UNSERIALISED),
};

const ALL: Record<string, OpenDoor> = {
  ...TYPED,
  'Keyv with its own serialiser': keyvDoor(),
  'Keyv with superjson': keyvDoor(SUPERJSON),
};

let doors: Doors;
let keys = 0;
const newKey = () => `k${keys++}`;

beforeAll(async () => {
  doors = await openDoors({ table: await freshTable(), types: [Dish] });
});

async function readThroughAll(key: string): Promise<Record<string, unknown>> {
  const read = Object.entries(ALL).map(async ([name, open]) => [name, await open(doors).read(key)] as const);
  return Object.fromEntries(await Promise.all(read));
}

const forEvery = (value: unknown) => Object.fromEntries(Object.keys(ALL).map((name) => [name, value]));

describe.each(Object.entries(TYPED))('what was written through %s', (_name, open) => {
  it.each(Object.entries(VALUES))('reads through every door as it was: %s', async (_what, value) => {
    const key = newKey();
    await open(doors).write(key, value);
    const read = await readThroughAll(key);
    expect(read).toEqual(forEvery(value));
    if (value instanceof Dish) for (const each of Object.values(read)) expect(each).toBeInstanceOf(Dish);
  });
});

describe("what Keyv's own serialiser wrote", () => {
  const write = (key: string, value: unknown) => keyvDoor()(doors).write(key, value);
  // A Keyv does not read the texts of one with another serialiser; the store has no part in that.
  const ofOtherKeyvs = { 'Keyv with superjson': undefined, 'Keyv without a serialiser': undefined };

  it.each(['Buffer', 'null', 'false', '0', 'the empty text', 'a text that looks like ours'])(
    'reads through every door as it was: %s',
    async (what) => {
      const key = newKey();
      await write(key, VALUES[what]);
      expect(await readThroughAll(key)).toEqual({ ...forEvery(VALUES[what]), ...ofOtherKeyvs });
    },
  );

  it.each<[string, unknown, unknown]>([
    ['a Date is its text', VALUES.Date, '2026-01-01T00:00:00.123Z'],
    ['a Map is an empty object', VALUES.Map, {}],
    ['NaN is null', { list: [NaN] }, { list: [null] }],
    ['a class is a plain object', VALUES['a named class'], { name: 'soup' }],
  ])('is what JSON leaves of it: %s', async (_what, value, left) => {
    const key = newKey();
    await write(key, value);
    expect(await readThroughAll(key)).toEqual({ ...forEvery(left), ...ofOtherKeyvs });
  });
});

describe("what a serialiser of the user's wrote", () => {
  const TYPES = ['Date', 'Map', 'BigInt', 'undefined', 'null', 'false', '0', 'the empty text'];

  it.each(TYPES)('reads through its own Keyv as it was: %s', async (what) => {
    const key = newKey();
    const { write, read } = keyvDoor(SUPERJSON)(doors);
    await write(key, VALUES[what]);
    expect(await read(key)).toEqual(VALUES[what]);
  });
});

it('a key is the same key through every door, and evicted through every door', async () => {
  const { cache, manager, store } = doors;
  const evictions = [
    (key: string) => cache.delete(key),
    (key: string) => manager.del(key),
    (key: string) => manager.mdel([key]),
    (key: string) => store.delete(key),
  ];
  for (const evict of evictions) {
    const key = newKey();
    await cache.set(key, 1);
    await evict(key);
    expect(await readThroughAllBut(key)).toEqual(forEvery(undefined));
  }

  async function readThroughAllBut(key: string): Promise<Record<string, unknown>> {
    const loading = { ...ALL };
    const missed = () => undefined;
    loading['DynamoCache.getOrLoad'] = () => ({
      write: mustNotLoad,
      read: (k) => cache.getOrLoad(k, missed),
    });
    loading['CACHE_MANAGER.wrap'] = () => ({ write: mustNotLoad, read: (k) => manager.wrap(k, missed) });
    const read = Object.entries(loading).map(async ([name, open]) => [name, await open(doors).read(key)]);
    return Object.fromEntries(await Promise.all(read)) as Record<string, unknown>;
  }
});
