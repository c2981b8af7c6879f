import { Injectable } from '@nestjs/common';
import { DynamoCache, DynamoCacheable, callKey } from 'nestjs-dynamo-cache';
import { InMemoryStore, ManualClock } from 'nestjs-dynamo-cache/testing';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Log, startModule } from '../module/application';

// #region methods
@Injectable()
export class MenuService {
  @DynamoCacheable({
    ttl: '1h',
    when: (id: string) => id !== 'draft', // other calls are not cached at all
    unless: (menu: Menu) => menu.isPartial, // such a result goes to the caller and is not kept
  })
  async menu(id: string): Promise<Menu> {
    return loadMenu(id);
  }

  @DynamoCacheable({ ttl: '1h', key: (id: string) => id }) // `locale` makes no difference
  async open(id: string, locale: string): Promise<boolean> {
    return isOpen(id, locale);
  }
}
// #endregion

interface Menu {
  id: string;
  isPartial: boolean;
}

const loadMenu = vi.fn(async (id: string): Promise<Menu> => ({ id, isPartial: id === 'partial' }));
const isOpen = vi.fn(async (_id: string, _locale: string) => true);

let menus: MenuService;
let cache: DynamoCache;
let clock: ManualClock;
let log: Log;

beforeEach(async () => {
  vi.clearAllMocks();
  clock = new ManualClock();
  log = new Log();
  const module = await startModule({
    options: { clock, logger: log },
    store: new InMemoryStore(clock),
    providers: [MenuService],
  });
  menus = module.get(MenuService);
  cache = module.get(DynamoCache);
});

describe('the menus', () => {
  it('are kept for their hour', async () => {
    expect(await menus.menu('7')).toEqual({ id: '7', isPartial: false });
    clock.advance(3_599_999);
    expect(await menus.menu('7')).toEqual({ id: '7', isPartial: false });
    expect(loadMenu).toHaveBeenCalledTimes(1);
    clock.advance(1);
    await menus.menu('7');
    expect(loadMenu).toHaveBeenCalledTimes(2);
  });

  it('are not cached at all where `when` says so', async () => {
    await menus.menu('draft');
    await menus.menu('draft');
    expect(loadMenu).toHaveBeenCalledTimes(2);
    expect(cache.stats()).toMatchObject({ misses: 0, fills: 0 });
  });

  it('are not kept where `unless` says so', async () => {
    expect(await menus.menu('partial')).toEqual({ id: 'partial', isPartial: true });
    await menus.menu('partial');
    expect(loadMenu).toHaveBeenCalledTimes(2);
    expect(cache.stats()).toMatchObject({ misses: 2, fills: 0 });
  });

  it('are open in any locale when they are in one', async () => {
    await menus.open('7', 'en');
    await menus.open('7', 'de');
    expect(isOpen).toHaveBeenCalledTimes(1);
  });
});

describe('the keys', () => {
  it('can be read, and evicted by', async () => {
    await menus.menu('7');
    expect(callKey('MenuService.menu', ['7'])).toBe('MenuService.menu("7")');
    expect(await cache.get('MenuService.menu("7")')).toEqual({ id: '7', isPartial: false });
    expect(await cache.delete(callKey('MenuService.menu', ['7']))).toBe(true);
    await menus.menu('7');
    expect(loadMenu).toHaveBeenCalledTimes(2);
  });

  it('tell arguments apart by type, and sort the keys of objects', () => {
    const keyOf = (...args: unknown[]) => callKey('MenuService.menu', args);
    expect(keyOf('7')).not.toBe(keyOf(7));
    expect(keyOf({ id: '7', page: 1 })).toBe(keyOf({ page: 1, id: '7' }));
  });

  it('cannot be made of a function: the call is not cached, and the log says so once', async () => {
    const argument = (() => '7') as unknown as string;
    await menus.menu(argument);
    await menus.menu(argument);
    expect(loadMenu).toHaveBeenCalledTimes(2);
    expect(log.warnings).toHaveLength(1);
    expect(log.warnings[0]).toContain('MenuService.menu');
  });
});
