import { beforeAll, describe, expect, it, vi } from 'vitest';
import { freshTable } from '../support/dynamodb';
import { type Doors, openDoors } from './doors';

let table: string;
beforeAll(async () => {
  table = await freshTable();
});

let namespaces = 0;
const open = (options: Parameters<typeof openDoors>[0] = {}): Promise<Doors> =>
  openDoors({ table, namespace: `test${namespaces++}`, consistentRead: true, ...options });

/** A loader that answers when it is told to. */
function heldLoader<T>(value: T) {
  let release!: () => void;
  const held = new Promise<void>((resolve) => (release = resolve));
  const loader = vi.fn(async () => {
    await held;
    return value;
  });
  return { loader, release };
}

describe('wrap', () => {
  it('loads once, then hits', async () => {
    const { manager } = await open();
    const load = vi.fn(() => ({ at: new Date(0) }));
    expect([await manager.wrap('a', load), await manager.wrap('a', load)]).toEqual([
      { at: new Date(0) },
      { at: new Date(0) },
    ]);
    expect(load).toHaveBeenCalledTimes(1);
  });

  it.each([undefined, null, false, 0, ''])('hits on %j', async (value) => {
    const { manager } = await open();
    const load = vi.fn(() => value);
    expect([await manager.wrap('a', load), await manager.wrap('a', load)]).toEqual([value, value]);
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('shares one load with every door', async () => {
    const { cache, manager } = await open();
    const { loader, release } = heldLoader('value');
    const waiting = [manager.wrap('a', loader), manager.wrap('a', loader), cache.getOrLoad('a', loader)];
    await expect.poll(() => cache.stats().joined).toBe(2);
    release();
    expect(await Promise.all(waiting)).toEqual(['value', 'value', 'value']);
    expect(loader).toHaveBeenCalledTimes(1);
  });

  it.each<[string, (doors: Doors, elsewhere: Doors) => Promise<unknown>]>([
    ['del', ({ manager }) => manager.del('a')],
    ['DynamoCache.delete', ({ cache }) => cache.delete('a')],
    ['clear', ({ manager, cache }) => cache.set('b', 1).then(() => manager.clear())],
    ['a del in another process', (_, { manager }) => manager.del('a')],
  ])('does not write back what it loaded before %s', async (_what, evict) => {
    const namespace = `shared${namespaces++}`;
    const [here, elsewhere] = [await open({ namespace }), await open({ namespace })];
    const { loader, release } = heldLoader('old');
    const wrapped = here.manager.wrap('a', loader);
    await expect.poll(() => loader.mock.calls.length).toBe(1);

    await evict(here, elsewhere);
    release();

    expect(await wrapped).toBe('old');
    expect([await here.manager.get('a'), await elsewhere.manager.get('a')]).toEqual([undefined, undefined]);
    expect(await here.manager.wrap('a', () => 'new')).toBe('new');
  });

  it('rejects with what the loader throws, unchanged, and keeps nothing', async () => {
    const { manager } = await open();
    const error = new Error('kitchen closed');
    await expect(manager.wrap('a', () => Promise.reject(error))).rejects.toBe(error);
    await expect(
      manager.wrap('a', () => {
        throw error;
      }),
    ).rejects.toBe(error);
    expect(await manager.get('a')).toBeUndefined();
  });

  it.each([NaN, Infinity, -1])('loads whatever its ttl is: %j', async (ttl) => {
    const { manager } = await open();
    expect(await manager.wrap('a', () => 'value', ttl)).toBe('value');
  });
});

describe("what is left to cache-manager's own wrap", () => {
  it.each<[string, (doors: Doors, load: () => string) => Promise<unknown>]>([
    ['a threshold of refreshing', ({ manager }, load) => manager.wrap('a', load, 60_000, 1_000)],
    ['one among its options', ({ manager }, load) => manager.wrap('a', load, { refreshThreshold: 1_000 })],
    ['a ttl by the value', ({ manager }, load) => manager.wrap('a', load, (value) => value.length * 10_000)],
  ])('loads once, then hits: %s', async (_what, wrap) => {
    const doors = await open();
    const load = vi.fn(() => 'value');
    expect([await wrap(doors, load), await wrap(doors, load)]).toEqual(['value', 'value']);
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('answers with the time of its end when asked for it raw', async () => {
    const { clock, manager } = await open();
    await manager.wrap('a', () => 'value', 60_000);
    expect(await manager.wrap('a', () => 'other', { raw: true })).toEqual({
      value: 'value',
      expires: clock.now() + 60_000,
    });
  });

  it('refreshes in the background below the threshold', async () => {
    const { manager } = await open();
    await manager.set('a', 'old', 60_000);
    expect(await manager.wrap('a', () => 'new', { ttl: 60_000, refreshThreshold: 60_000 })).toBe('old');
    await expect.poll(() => manager.get('a')).toBe('new');
  });
});
