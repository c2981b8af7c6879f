import type { Cache } from 'cache-manager';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { recordingClient } from '../dynamodb/recording-client';
import { freshTable, rawItem } from '../support/dynamodb';
import { openDoors } from './doors';

const MINUTE = 60_000;
const DAY = 86_400_000;

let table: string;
beforeAll(async () => {
  table = await freshTable();
});

let namespaces = 0;
/** Doors to a namespace of their own. */
async function open(options: Parameters<typeof openDoors>[0] = {}) {
  const namespace = `test${namespaces++}`;
  return { namespace, ...(await openDoors({ table, namespace, ...options })) };
}

describe('time to live', () => {
  it.each<[string, (manager: Cache) => Promise<unknown>, number]>([
    ["the cache's default when none is given", (m) => m.set('a', 1), 10 * MINUTE],
    ['milliseconds', (m) => m.set('a', 1, 1_500), 1_500],
    ['the longest there is when it is 0, which is never', (m) => m.set('a', 1, 0), 30 * DAY],
    ['the longest there is for what is longer', (m) => m.set('a', 1, 90 * DAY), 30 * DAY],
    ['over when it is past', (m) => m.set('a', 1, -5), 1],
    ['that of each pair', (m) => m.mset([{ key: 'a', value: 1, ttl: 1_500 }]), 1_500],
    ['the default of a pair without', (m) => m.mset([{ key: 'a', value: 1 }]), 10 * MINUTE],
    ["the default of wrap's", (m) => m.wrap('a', () => 1), 10 * MINUTE],
    ["wrap's own", (m) => m.wrap('a', () => 1, 1_500), 1_500],
    ["wrap's among its options", (m) => m.wrap('a', () => 1, { ttl: 1_500 }), 1_500],
    ['the longest there is when wrap says 0', (m) => m.wrap('a', () => 1, 0), 30 * DAY],
    [
      "wrap's by the value",
      (m) =>
        m.wrap(
          'a',
          () => 3,
          (value) => value * 1_000,
        ),
      3_000,
    ],
    ['that of the Keyv inside, which has none', (m) => m.stores[0]!.set('a', 1), 30 * DAY],
  ])('is %s', async (_what, write, expected) => {
    const { namespace, clock, manager } = await open();
    await write(manager);
    const item = await rawItem(table, `${namespace}#a`);
    expect(Number(item?.end?.N) - clock.now()).toBe(expected);
  });

  it('is told as the moment of its end', async () => {
    const { clock, manager } = await open();
    await manager.set('a', 1, MINUTE);
    expect([await manager.ttl('a'), await manager.ttl('absent')]).toEqual([clock.now() + MINUTE, undefined]);
  });

  it('is kept to the millisecond, though the item is still there', async () => {
    const { namespace, clock, manager } = await open();
    await manager.set('a', 1, 1_000);
    clock.advance(999);
    expect(await manager.get('a')).toBe(1);
    clock.advance(1);
    expect([await manager.get('a'), await manager.mget(['a']), await manager.ttl('a')]).toEqual([
      undefined,
      [undefined],
      undefined,
    ]);
    expect(await rawItem(table, `${namespace}#a`)).toHaveProperty('v');
  });

  it('in bare seconds is warned about', async () => {
    const { manager, said } = await open();
    await manager.set('a', 1, 60);
    expect(said).toEqual([expect.stringMatching(/'60s'/)]);
  });
});

describe('many keys', () => {
  it('are read in as few requests as hold them', async () => {
    const recorded = recordingClient();
    const { manager } = await open({ client: recorded.client });
    const list = Array.from({ length: 250 }, (_, i) => ({ key: `k${i}`, value: i }));
    await manager.mset(list);

    recorded.sent.length = 0;
    expect(await manager.mget(list.map(({ key }) => key))).toEqual(list.map(({ value }) => value));
    expect(recorded.commands()).toEqual(['BatchGetItem', 'BatchGetItem', 'BatchGetItem']);
  });

  it('are deleted', async () => {
    const { manager } = await open();
    await manager.mset(['a', 'b', 'c'].map((key) => ({ key, value: 1 })));
    expect(await manager.mdel(['a', 'b', 'absent'])).toBe(true);
    expect(await manager.mget(['a', 'b', 'c'])).toEqual([undefined, undefined, 1]);
  });
});

describe('the rest of its surface', () => {
  it('answers set with the value and del with true, as cache-manager does', async () => {
    const { manager } = await open();
    expect(await manager.set('a', 1)).toBe(1);
    expect([await manager.del('a'), await manager.del('a')]).toEqual([true, true]);
    expect(await manager.get('a')).toBeUndefined();
  });

  it('clears its namespace and no other, whatever door an entry came through', async () => {
    const other = await open();
    await other.manager.set('a', 1);
    const { cache, manager, store } = await open();
    await cache.set('a', 1);
    await manager.set('b', 1);
    await store.set('keyv:c', 'text');

    expect(await manager.clear()).toBe(true);

    expect(await manager.mget(['a', 'b', 'keyv:c'])).toEqual([undefined, undefined, undefined]);
    expect(await other.manager.get('a')).toBe(1);
  });

  it('clears by one small write, however much there is', async () => {
    const recorded = recordingClient();
    const { manager } = await open({ client: recorded.client });
    await manager.mset(Array.from({ length: 30 }, (_, i) => ({ key: `k${i}`, value: i })));
    recorded.sent.length = 0;
    await manager.clear();
    expect(recorded.commands()).toEqual(['PutItem']);
    expect(await manager.get('k29')).toBeUndefined();
  });

  it.each<[string, (doors: Awaited<ReturnType<typeof open>>) => Promise<unknown>]>([
    ['DynamoCache', ({ cache }) => cache.clear()],
    ['DynamoStore', ({ store }) => store.clear()],
  ])('is cleared by %s', async (_what, clear) => {
    const doors = await open();
    await doors.manager.set('a', 1);
    await clear(doors);
    expect(await doors.manager.get('a')).toBeUndefined();
  });

  it('disconnects without taking the cache away', async () => {
    const { cache, manager } = await open();
    await manager.set('a', 1);
    await manager.disconnect();
    expect([await manager.get('a'), await cache.get('a')]).toEqual([1, 1]);
  });

  it('emits what it does', async () => {
    const { manager } = await open();
    const set = vi.fn();
    manager.on('set', set);
    await manager.set('a', 1);
    expect(set).toHaveBeenCalledWith({ key: 'a', value: 1 });
  });

  it('says once what cannot be kept, and evicts what it was to replace', async () => {
    const { manager, said } = await open();
    await manager.set('a', 1);
    await manager.set('a', { run: () => 1 });
    await manager.set('a', { run: () => 1 });
    expect(await manager.get('a')).toBeUndefined();
    expect(said).toEqual([expect.stringMatching(/run/)]);
  });
});
