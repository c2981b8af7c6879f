// What a decorated method of a plain singleton does: its key, `when`, `unless`, errors, arguments that are not data.
import 'reflect-metadata';
import { EventEmitter } from 'node:events';
import { Injectable } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { DynamoCache, DynamoCacheable } from '../../lib';
import { Log, startModule } from '../module/application';

interface Menu {
  id: string;
  isPartial: boolean;
}

@Injectable()
class Menus {
  readonly loads: unknown[][] = [];
  readonly city = 'Basel';
  #secret = 'saffron';

  @DynamoCacheable('10m')
  async find(id: unknown, options?: object): Promise<unknown> {
    this.loads.push(['find', id, options]);
    return { id, options, city: this.city, secret: this.#secret };
  }

  @DynamoCacheable({ key: (id: string) => id.toLowerCase() })
  async byName(id: string, trace: string): Promise<string> {
    this.loads.push(['byName', id, trace]);
    return id;
  }

  @DynamoCacheable({ key: (id: string) => id.toLowerCase() })
  async other(id: string): Promise<string> {
    return `other ${id}`;
  }

  @DynamoCacheable({ when: (id) => id !== 'draft', unless: (menu) => menu.isPartial })
  async menu(id: string, isPartial = false): Promise<Menu> {
    this.loads.push(['menu', id]);
    return { id, isPartial };
  }

  @DynamoCacheable({
    key: () => {
      throw new Error('no key');
    },
  })
  async keyless(): Promise<number> {
    return this.loads.push(['keyless']);
  }

  @DynamoCacheable({
    when: () => {
      throw new Error('no when');
    },
  })
  async whenless(): Promise<number> {
    return this.loads.push(['whenless']);
  }

  @DynamoCacheable({
    unless: () => {
      throw new Error('no unless');
    },
  })
  async unlessless(): Promise<number> {
    return this.loads.push(['unlessless']);
  }

  @DynamoCacheable()
  async nothing(value: unknown): Promise<unknown> {
    this.loads.push(['nothing', value]);
    return value;
  }

  @DynamoCacheable()
  async fails(id: string): Promise<string> {
    this.loads.push(['fails', id]);
    throw new Error(`no ${id}`);
  }

  // @ts-expect-error a synchronous method cannot be cached; here to see what it does when nobody compiles it
  @DynamoCacheable()
  sync(): number {
    return this.loads.push(['sync']);
  }

  @DynamoCacheable()
  throwsAtOnce(): Promise<string> {
    throw new Error('at once');
  }
}

async function start() {
  const logger = new Log();
  const module = await startModule({ providers: [Menus], options: { logger } });
  return { menus: module.get(Menus), cache: module.get(DynamoCache), logger };
}

describe('a cached method', () => {
  it('runs once for equal arguments, as itself', async () => {
    const { menus } = await start();
    const first = await menus.find('7', { page: 1, size: 2 });
    expect(first).toEqual({ id: '7', options: { page: 1, size: 2 }, city: 'Basel', secret: 'saffron' });
    expect(await menus.find('7', { size: 2, page: 1 })).toEqual(first);
    expect(menus.loads).toHaveLength(1);
  });

  it.each([
    ['1', 1],
    [null, undefined],
    [{ a: 1 }, { a: '1' }],
    [new Date(0), 0],
  ])('runs again for other arguments: %o and %o', async (one, other) => {
    const { menus } = await start();
    await menus.find(one);
    await menus.find(other);
    expect(menus.loads).toHaveLength(2);
  });

  it.each([undefined, null, false, 0, ''])('keeps %o', async (value) => {
    const { menus } = await start();
    expect([await menus.nothing(value), await menus.nothing(value)]).toEqual([value, value]);
    expect(menus.loads).toHaveLength(1);
  });

  it('passes the error of the method on and does not keep it', async () => {
    const { menus } = await start();
    await expect(menus.fails('soup')).rejects.toThrow('no soup');
    await expect(menus.fails('soup')).rejects.toThrow('no soup');
    expect(menus.loads).toHaveLength(2);
  });

  it('rejects when a method that promises throws at once', async () => {
    const { menus } = await start();
    await expect(menus.throwsAtOnce()).rejects.toThrow('at once');
  });

  it('gives each caller a value of its own', async () => {
    const { menus } = await start();
    const [one, other] = await Promise.all([menus.find('7'), menus.find('7')]);
    (one as Record<string, unknown>).id = 'mutated';
    expect([other, await menus.find('7')]).toMatchObject([{ id: '7' }, { id: '7' }]);
    expect(menus.loads).toHaveLength(1);
  });

  it('counts under its name', async () => {
    const { menus, cache } = await start();
    await menus.find('7');
    await menus.find('7');
    expect(cache.stats().methods['Menus.find']).toMatchObject({ misses: 1, hits: 1, loads: 1, fills: 1 });
  });

  it('runs through when it is not asynchronous', async () => {
    const { menus } = await start();
    expect([menus.sync(), menus.sync()]).toEqual([1, 2]);
  });
});

describe('key', () => {
  it('replaces the arguments, and keeps the name of the method', async () => {
    const { menus } = await start();
    expect(await menus.byName('SOUP', 'trace-1')).toBe('SOUP');
    expect(await menus.byName('soup', 'trace-2')).toBe('SOUP');
    expect(await menus.other('soup')).toBe('other soup');
    expect(menus.loads).toEqual([['byName', 'SOUP', 'trace-1']]);
  });

  it('that throws leaves the call uncached, and is named once', async () => {
    const { menus, logger } = await start();
    expect([await menus.keyless(), await menus.keyless()]).toEqual([1, 2]);
    expect(logger.warnings).toEqual([expect.stringContaining('Menus.keyless')]);
  });
});

describe('when and unless', () => {
  it('when says no: the call is not cached, in neither direction', async () => {
    const { menus, cache } = await start();
    await menus.menu('draft');
    await menus.menu('draft');
    expect(menus.loads).toHaveLength(2);
    expect(cache.stats()).toMatchObject({ hits: 0, misses: 0, store: { operations: 0 } });
  });

  it('unless says yes: the caller gets the result, and it is not kept', async () => {
    const { menus } = await start();
    expect(await menus.menu('7', true)).toEqual({ id: '7', isPartial: true });
    expect(await menus.menu('7', true)).toEqual({ id: '7', isPartial: true });
    await menus.menu('7', false);
    await menus.menu('7', false);
    expect(menus.loads).toHaveLength(3);
  });

  it.each(['whenless', 'unlessless'] as const)(
    '%s, which throws, leaves the calls uncached',
    async (method) => {
      const { menus, logger } = await start();
      expect([await menus[method](), await menus[method]()]).toEqual([1, 2]);
      expect(logger.warnings).toHaveLength(1);
    },
  );
});

describe('arguments that are not data', () => {
  class Session {
    #user = 'anna';
    get user(): string {
      return this.#user;
    }
  }

  it.each([
    ['a function', () => 1],
    ['an emitter, such as a request', new EventEmitter()],
    ['an instance with hidden state', new Session()],
    ['a promise', Promise.resolve(1)],
  ])('%s leaves the call uncached, said once', async (_, argument) => {
    const { menus, logger, cache } = await start();
    await menus.nothing({ nested: argument }).catch(() => undefined);
    await menus.nothing({ nested: argument }).catch(() => undefined);
    expect(menus.loads).toHaveLength(2);
    expect(logger.warnings).toEqual([expect.stringMatching(/Menus\.nothing.*\[0\]\.nested/)]);
    expect(cache.stats()).toMatchObject({ uncacheable: 2, store: { operations: 0 } });
  });
});
