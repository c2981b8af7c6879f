/** An entry that depends on tags is gone for every door once one of them is evicted, whoever evicts it. */
import { Keyv } from 'keyv';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freshTable, rawItem } from '../support/dynamodb';
import { type Doors, openDoors } from './doors';

let table: string;
let here: Doors;
let elsewhere: Doors;
let namespaces = 0;
beforeAll(async () => {
  table = await freshTable();
});
beforeEach(async () => {
  const namespace = `test${namespaces++}`;
  [here, elsewhere] = [await openDoors({ table, namespace }), await openDoors({ table, namespace })];
});

const missing = () => 'missed';
const keyvOf = ({ store }: Doors) => {
  const keyv = new Keyv({ store, serialize: undefined, deserialize: undefined } as never);
  keyv.namespace = undefined;
  return keyv;
};

/** What each door makes of an entry, and of none. */
const DOORS: Record<string, [read: (doors: Doors, key: string) => Promise<unknown>, none: unknown]> = {
  'DynamoCache.get': [({ cache }, key) => cache.get(key), undefined],
  'DynamoCache.getMany': [async ({ cache }, key) => (await cache.getMany([key])).get(key), undefined],
  'DynamoCache.getOrLoad': [({ cache }, key) => cache.getOrLoad(key, missing), 'missed'],
  'CACHE_MANAGER.get': [({ manager }, key) => manager.get(key), undefined],
  'CACHE_MANAGER.mget': [async ({ manager }, key) => (await manager.mget([key]))[0], undefined],
  'CACHE_MANAGER.wrap': [({ manager }, key) => manager.wrap(key, missing), 'missed'],
  'Keyv.get': [(doors, key) => keyvOf(doors).get(key), undefined],
  'Keyv.get of many': [async (doors, key) => (await keyvOf(doors).get([key]))[0], undefined],
  'Keyv.getRaw': [async (doors, key) => (await keyvOf(doors).getRaw(key))?.value, undefined],
  'Keyv.has': [async (doors, key) => ((await keyvOf(doors).has(key)) ? 'menu' : undefined), undefined],
};

const METHOD = 'Menus.find("7")';

describe.each(Object.entries(DOORS))('%s', (_name, [read, none]) => {
  it.each<[string, string, (doors: Doors) => Promise<unknown>]>([
    ['its tag', 'menu:7', ({ cache }) => cache.evictTags('restaurant:7')],
    ['one of its tags', METHOD, ({ cache }) => cache.evictTags('city:1', 'other')],
    ['its method', METHOD, ({ cache }) => cache.evictMethod('Menus.find')],
    ['its namespace', 'menu:7', ({ cache }) => cache.clear()],
    ['its namespace, by CACHE_MANAGER', METHOD, ({ manager }) => manager.clear()],
  ])('finds an entry until %s is evicted, here or elsewhere', async (_what, key, evict) => {
    const load = (doors: Doors) =>
      doors.cache.getOrLoad(key, () => 'menu', { tags: ['restaurant:7', 'city:1'] });
    for (const evictor of [here, elsewhere]) {
      await load(here);
      expect([await read(here, key), await read(elsewhere, key)]).toEqual(['menu', 'menu']);
      await evict(evictor);
      // What a namespace or a method depends on is remembered for a second.
      for (const { clock } of [here, elsewhere]) clock.advance(1_000);
      expect([await read(here, key), await read(elsewhere, key)]).toEqual([none, none]);
      for (const { cache } of [here, elsewhere]) await cache.delete(key);
    }
  });
});

it('the entry itself is still in the table', async () => {
  const { cache } = here;
  await cache.getOrLoad('menu:7', () => 'menu', { tags: ['restaurant:7'] });
  await cache.evictTags('restaurant:7');
  const item = await rawItem(table, `test${namespaces - 1}#menu:7`);
  expect(item).toMatchObject({ stamps: { M: { 't:restaurant:7': { S: '' } } } });
  expect(await cache.get('menu:7')).toBeUndefined();
});
