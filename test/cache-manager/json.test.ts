/** `codec: 'json'` through every door: what lies in the table is plain JSON, and what cannot be is not kept. */
import { Injectable } from '@nestjs/common';
import { Keyv } from 'keyv';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { DynamoCache, DynamoCacheable, DynamoStore } from '../../lib';
import { Addresses } from '../../lib/key/addresses';
import { type Item, freshTable, rawItem } from '../support/dynamodb';
import { Log, startModule } from '../module/application';
import { testClient } from '../support/dynamodb';
import { type Doors, openDoors } from './doors';

let table: string;

beforeAll(async () => {
  table = await freshTable();
});

let namespaces = 0;

async function open(): Promise<Doors & { valueOf: (key: string) => Promise<Item[string] | undefined> }> {
  const namespace = `json${namespaces++}`;
  const doors = await openDoors({ table, namespace, codec: 'json' });
  const valueAt = async (key: string) => (await rawItem(table, new Addresses(namespace).entry(key)))?.v;
  return { ...doors, valueOf: valueAt };
}

const VALUE = { name: 'soup', tags: ['a', ':b'], price: null };

describe('plain JSON lies in the table', () => {
  it.each<[string, string, (doors: Doors) => Promise<unknown>]>([
    ['the cache', 'a', ({ cache }) => cache.set('a', VALUE)],
    ['cache-manager', 'a', ({ manager }) => manager.set('a', VALUE)],
    ["cache-manager's wrap", 'a', ({ manager }) => manager.wrap('a', () => VALUE)],
    ['a Keyv', 'keyv:a', ({ store }) => new Keyv({ store }).set('a', VALUE)],
    [
      'a Keyv without a serialiser',
      'keyv:a',
      ({ store }) =>
        new Keyv({ store, serialize: undefined, deserialize: undefined } as never).set('a', VALUE),
    ],
  ])('through %s, and reads through all of them', async (_door, key, write) => {
    const doors = await open();
    await write(doors);
    expect(await doors.valueOf(key)).toEqual({ S: JSON.stringify(VALUE) });
    expect(await doors.cache.get(key)).toEqual(VALUE);
    expect(await doors.manager.get(key)).toEqual(VALUE);
    const keyv = new Keyv({ store: doors.store });
    if (key === 'a') keyv.namespace = undefined;
    expect(await keyv.get('a')).toEqual(VALUE);
    expect(await keyv.getMany(['a'])).toEqual([VALUE]);
  });
});

describe('what JSON cannot carry', () => {
  it('is refused by a Keyv with an error, and leaves nothing of the old value', async () => {
    const { store, valueOf } = await open();
    const keyv = new Keyv({ store });
    const heard = vi.fn();
    keyv.on('error', heard);
    await keyv.set('a', 1);
    expect(await keyv.set('a', Buffer.from('x'))).toBe(false);
    expect(heard).toHaveBeenCalledWith(expect.objectContaining({ code: 'UNCACHEABLE_VALUE' }));
    expect(await valueOf('keyv:a')).toBeUndefined();
    const other = new Keyv({ store, serialize: () => 'a=1' });
    other.on('error', heard);
    expect(await other.set('b', 1)).toBe(false);
    expect(await valueOf('keyv:b')).toBeUndefined();
  });

  it('is said once by cache-manager, and leaves nothing of the old value', async () => {
    const { manager, said, valueOf } = await open();
    await manager.set('a', 1);
    await manager.set('a', new Map());
    expect(await valueOf('a')).toBeUndefined();
    expect(said).toEqual([expect.stringContaining('it is an instance of Map')]);
  });

  it('goes to the callers of a decorated method, and is said once', async () => {
    const log = new Log();
    @Injectable()
    class Menus {
      loads = 0;

      @DynamoCacheable('1m')
      async plain(id: string): Promise<unknown> {
        this.loads++;
        return { id, at: null };
      }

      @DynamoCacheable('1m')
      async dated(id: string): Promise<unknown> {
        this.loads++;
        return { id, at: new Date(0) };
      }
    }
    const module = await startModule({ providers: [Menus], options: { codec: 'json', logger: log } });
    const menus = module.get(Menus);
    for (let i = 0; i < 2; i++) expect(await menus.plain('7')).toEqual({ id: '7', at: null });
    expect(menus.loads).toBe(1);
    for (let i = 0; i < 2; i++) expect(await menus.dated('7')).toEqual({ id: '7', at: new Date(0) });
    expect(menus.loads).toBe(3);
    expect(log.warnings).toEqual([
      expect.stringContaining('Menus.dated is not cached. The value at .at cannot'),
    ]);
    expect(await module.get(DynamoCache).add('a', 1)).toBe(true);
  });
});

it('reads through a DynamoStore of another process', async () => {
  const { cache } = await open();
  await cache.set('a', VALUE);
  const store = new DynamoStore({
    table,
    client: testClient(),
    codec: 'json',
    namespace: `json${namespaces - 1}`,
  });
  const keyv = new Keyv({ store });
  keyv.namespace = undefined;
  expect(await keyv.get('a')).toEqual(VALUE);
});
