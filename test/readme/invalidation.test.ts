import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';
import {
  DynamoCache,
  DynamoCacheEvict,
  DynamoCachePut,
  DynamoCacheable,
  onCacheEvent,
} from 'nestjs-dynamo-cache';
import type { CacheEvent, DynamoCacheOptions } from 'nestjs-dynamo-cache';
import { InMemoryStore, ManualClock } from 'nestjs-dynamo-cache/testing';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { startModule } from '../module/application';

// #region invalidation
@Injectable()
export class RestaurantService {
  @DynamoCacheable({ ttl: '1h', tags: (id: string) => [`restaurant:${id}`] })
  async menu(id: string): Promise<Menu> {
    return loadMenu(id);
  }

  @DynamoCacheable('1h')
  async summary(id: string): Promise<Summary> {
    return loadSummary(id);
  }

  @DynamoCacheEvict({ tags: (id: string) => [`restaurant:${id}`] }) // whatever has this tag
  @DynamoCachePut({ method: 'summary', args: (id: string) => [id] }) // the result is the new summary
  async rename(id: string, name: string): Promise<Summary> {
    return saveName(id, name);
  }

  @DynamoCacheEvict({ method: 'menu' }) // every call of it; with `args`, one
  async importMenus(menus: Menu[]): Promise<void> {
    await saveMenus(menus);
  }
}
// #endregion

interface Menu {
  id: string;
}

interface Summary {
  id: string;
  name: string;
}

/** A table that evictions do not reach while it is sick, and that counts what is written. */
class SickStore extends InMemoryStore {
  isSick = false;
  writes = 0;

  override async evict(...args: Parameters<InMemoryStore['evict']>): Promise<boolean> {
    if (this.isSick) throw new Error('throttled');
    this.writes++;
    return super.evict(...args);
  }
}

const names = new Map<string, string>();
const loadMenu = vi.fn(async (id: string): Promise<Menu> => ({ id }));
const loadSummary = vi.fn(async (id: string): Promise<Summary> => ({ id, name: names.get(id) ?? 'unnamed' }));
const saveMenus = vi.fn(async (_menus: Menu[]) => undefined);

async function saveName(id: string, name: string): Promise<Summary> {
  names.set(id, name);
  return { id, name };
}

let clock: ManualClock;
let store: SickStore;
let restaurants: RestaurantService;
let cache: DynamoCache;

async function start(options: DynamoCacheOptions = {}) {
  const module = await startModule({ options: { clock, ...options }, store, providers: [RestaurantService] });
  return { restaurants: module.get(RestaurantService), cache: module.get(DynamoCache) };
}

beforeEach(async () => {
  vi.clearAllMocks();
  names.clear();
  clock = new ManualClock();
  store = new SickStore(clock);
  ({ restaurants, cache } = await start());
});

describe('a rename', () => {
  it('evicts what has the tag, for other processes, too', async () => {
    const other = await start();
    await restaurants.menu('7');
    await restaurants.menu('8');
    await other.restaurants.menu('7');
    expect(loadMenu).toHaveBeenCalledTimes(2);
    await restaurants.rename('7', 'Lupo');
    await other.restaurants.menu('7');
    expect(loadMenu).toHaveBeenCalledTimes(3);
    await other.restaurants.menu('8');
    expect(loadMenu).toHaveBeenCalledTimes(3);
  });

  it('puts the summary: the next call is a hit', async () => {
    await restaurants.summary('7');
    await restaurants.rename('7', 'Lupo');
    expect(await restaurants.summary('7')).toEqual({ id: '7', name: 'Lupo' });
    expect(loadSummary).toHaveBeenCalledTimes(1);
  });

  it('keeps no menu whose load began before it', async () => {
    let answer: (menu: Menu) => void = () => undefined;
    loadMenu.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
    const slow = restaurants.menu('7');
    await vi.waitFor(() => expect(loadMenu).toHaveBeenCalledTimes(1));
    await restaurants.rename('7', 'Lupo');
    answer({ id: 'old' });
    expect(await slow).toEqual({ id: 'old' });
    expect(await restaurants.menu('7')).toEqual({ id: '7' });
  });

  it('costs the tag one write, however many values have it', async () => {
    await Promise.all(['a', 'b', 'c'].map((key) => cache.set(key, key, { tags: ['restaurant:7'] })));
    await cache.evictTags('restaurant:7');
    expect(store.writes).toBe(1);
    expect((await cache.getMany(['a', 'b', 'c'])).size).toBe(0);
  });
});

describe('an import', () => {
  it('evicts every menu with one write, for other processes within a second', async () => {
    const other = await start();
    for (const id of ['7', '8']) await other.restaurants.menu(id);
    await restaurants.importMenus([]);
    expect(store.writes).toBe(1);
    await restaurants.menu('7');
    expect(loadMenu).toHaveBeenCalledTimes(3);
    clock.advance(1_000);
    for (const id of ['7', '8']) await other.restaurants.menu(id);
    expect(loadMenu).toHaveBeenCalledTimes(4);
  });

  it('is followed at once by who reads consistently', async () => {
    const other = await start({ consistentRead: true });
    await other.restaurants.menu('7');
    await restaurants.importMenus([]);
    await other.restaurants.menu('7');
    expect(loadMenu).toHaveBeenCalledTimes(2);
  });
});

it('evicts one call of a method when there are `args`', async () => {
  @Injectable()
  class MenuService {
    @DynamoCacheEvict({ method: 'RestaurantService.menu', args: (id: string) => [id] })
    async change(_id: string): Promise<void> {}
  }
  const module = await startModule({
    store,
    options: { clock },
    providers: [RestaurantService, MenuService],
  });
  const menus = module.get(RestaurantService);
  for (const id of ['7', '8']) await menus.menu(id);
  await module.get(MenuService).change('7');
  for (const id of ['7', '8']) await menus.menu(id);
  expect(loadMenu.mock.calls).toEqual([['7'], ['8'], ['7']]);
});

it('clears everything with one write', async () => {
  await cache.set('a', 1);
  await restaurants.summary('7');
  await cache.clear();
  expect(store.writes).toBe(1);
  expect(await cache.get('a')).toBeUndefined();
  await restaurants.summary('7');
  expect(loadSummary).toHaveBeenCalledTimes(2);
});

describe('an eviction that does not reach DynamoDB', () => {
  it('is tried again, counted and published; until then the table is not believed here', async () => {
    const events: CacheEvent[] = [];
    const stop = onCacheEvent((event) => events.push(event));
    await cache.set('a', 'old');
    store.isSick = true;
    expect(await cache.delete('a')).toBe(false);
    expect(await cache.get('a')).toBeUndefined();
    expect(cache.stats().store).toMatchObject({ lateEvictions: 1, lostEvictions: 0 });
    expect(events).toContainEqual({ type: 'evict-lost', label: 'a', willRetry: true });

    store.isSick = false;
    await vi.waitFor(() => {
      clock.advance(500);
      expect(cache.stats().store.evictions).toBe(1);
    });
    const other = await start();
    expect(await other.cache.get('a')).toBeUndefined();
    stop();
  });

  it('throws with `strict`, and is tried again all the same', async () => {
    const strict = await start({ strict: true });
    await strict.cache.set('a', 'old');
    store.isSick = true;
    await expect(strict.cache.delete('a')).rejects.toMatchObject({ code: 'EVICTION_LOST' });
    store.isSick = false;
    await vi.waitFor(() => {
      clock.advance(500);
      expect(strict.cache.stats().store.evictions).toBe(1);
    });
  });
});

describe('tenants', () => {
  it('are told apart by a function of the options', async () => {
    const tenants = new AsyncLocalStorage<string>();
    const currentTenant = () => tenants.getStore() ?? 'none';
    const shared = (await start({ namespace: () => currentTenant() })).cache;
    await tenants.run('tenant-7', () => shared.set('a', 7));
    await tenants.run('tenant-8', () => shared.set('a', 8));
    expect(await tenants.run('tenant-7', () => shared.get('a'))).toBe(7);
    expect(await tenants.run('tenant-8', () => shared.get('a'))).toBe(8);
    await tenants.run('tenant-8', () => shared.clear());
    expect(await tenants.run('tenant-7', () => shared.get('a'))).toBe(7);
    expect(await shared.namespace('tenant-7').get('a')).toBe(7);
  });

  it('have a view of their own', async () => {
    const tenant = cache.namespace('tenant-7');
    await tenant.set('a', 7);
    expect(await cache.get('a')).toBeUndefined();
    expect(await tenant.get('a')).toBe(7);
  });
});
