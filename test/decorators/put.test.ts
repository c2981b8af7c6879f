// What @DynamoCachePut puts where: the next call of the other method is a hit.
import 'reflect-metadata';
import { Injectable } from '@nestjs/common';
import { EMPTY, Observable, lastValueFrom, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  DynamoCache,
  type DynamoCacheOptions,
  DynamoCachePut,
  DynamoCacheable,
  DynamoCacheableMany,
  EvictionLostError,
} from '../../lib';
import { InMemoryStore, ManualClock } from '../../lib/testing';
import { Log, startModule } from '../module/application';

interface Summary {
  id: string;
  name: string;
  isPartial?: boolean;
}

class SickStore extends InMemoryStore {
  isSick = false;

  override async put(...args: Parameters<InMemoryStore['put']>): Promise<void> {
    if (this.isSick) throw new Error('sick');
    return super.put(...args);
  }
}

@Injectable()
class Others {
  loads = 0;

  @DynamoCacheable()
  async find(id: string): Promise<Summary> {
    this.loads++;
    return { id, name: 'loaded' };
  }
}

@Injectable()
class Menus {
  loads = 0;
  name = 'loaded';
  load: Promise<void> | undefined;
  source: Observable<Summary> = EMPTY;

  @DynamoCacheable({
    ttl: '1h',
    tags: (id: string) => [`menu:${id}`],
    when: (id) => id !== 'draft',
    unless: (summary) => summary.isPartial === true,
  })
  async summary(id: string): Promise<Summary> {
    this.loads++;
    const { name } = this;
    await this.load;
    return { id, name };
  }

  @DynamoCacheable({ key: (id: string) => id.toLowerCase() })
  async byName(id: string, _trace: string): Promise<Summary> {
    this.loads++;
    return { id, name: this.name };
  }

  @DynamoCacheableMany({ ttl: '2h', id: (summary: Summary) => summary.id })
  async findMany(ids: string[]): Promise<Summary[]> {
    this.loads++;
    return ids.map((id) => ({ id, name: this.name }));
  }

  @DynamoCacheable({
    ttl: (summary: Summary) => {
      if (summary.name === 'throws') throw new Error('no ttl');
      return summary.name === 'short' ? false : '1m';
    },
  })
  async chosen(id: string): Promise<Summary> {
    this.loads++;
    return { id, name: this.name };
  }

  @DynamoCachePut({ method: 'summary', args: (id: string) => [id], unless: (s: Summary) => s.name === '' })
  async rename(id: string, name: string, isPartial = false): Promise<Summary> {
    return { id, name, isPartial };
  }

  @DynamoCachePut({ method: 'summary' })
  async restore(id: string): Promise<Summary> {
    return { id, name: 'restored' };
  }

  @DynamoCachePut({ method: 'byName', args: (id: string) => [id, 'whatever'] })
  async renameByName(id: string): Promise<Summary> {
    return { id, name: 'put' };
  }

  @DynamoCachePut({ method: 'Others.find', args: (id: string) => [id] })
  async renameOther(id: string): Promise<Summary> {
    return { id, name: 'put' };
  }

  @DynamoCachePut({ method: 'findMany', args: (id: string) => [id] })
  async renameOfMany(id: string): Promise<Summary> {
    return { id, name: 'put' };
  }

  @DynamoCachePut({ method: 'chosen', args: (id: string) => [id] })
  async choose(id: string, name: string): Promise<Summary> {
    return { id, name };
  }

  @DynamoCachePut({ method: 'summary', args: (id: string) => [id] })
  watch(_id: string): Observable<Summary> {
    return this.source;
  }

  @DynamoCachePut({ method: 'summary' })
  async fails(id: string): Promise<Summary> {
    throw new Error(`no ${id}`);
  }

  @DynamoCachePut({ method: 'summary' })
  async function(id: string): Promise<unknown> {
    return { id, name: () => 'never kept' };
  }

  @DynamoCachePut({
    method: 'summary',
    args: () => {
      throw new Error('no args');
    },
  })
  async argless(id: string): Promise<Summary> {
    return { id, name: 'put' };
  }
}

async function start(options: DynamoCacheOptions = {}) {
  const logger = new Log();
  const clock = new ManualClock();
  const store = new SickStore(clock);
  const module = await startModule({
    providers: [Menus, Others],
    store,
    // A put that is lost is tried again for minutes, and the end of a test is not to wait for it.
    options: { logger, clock, requestScope: false, drainTimeout: 1, ...options },
  });
  const cache = module.get(DynamoCache);
  return { menus: module.get(Menus), others: module.get(Others), cache, clock, logger, store };
}

describe('puts the result', () => {
  it('where the next call of the method finds it', async () => {
    const { menus } = await start();
    await menus.summary('7');
    expect(await menus.rename('7', 'renamed')).toEqual({ id: '7', name: 'renamed', isPartial: false });
    expect(await menus.summary('7')).toEqual({ id: '7', name: 'renamed', isPartial: false });
    expect(menus.loads).toBe(1);
  });

  it('under the same arguments, where none are said', async () => {
    const { menus } = await start();
    await menus.restore('7');
    expect([(await menus.summary('7')).name, menus.loads]).toEqual(['restored', 0]);
  });

  it('under the key that the method makes', async () => {
    const { menus } = await start();
    await menus.renameByName('SOUP');
    expect([(await menus.byName('soup', 'trace')).name, menus.loads]).toEqual(['put', 0]);
  });

  it('where another class finds it', async () => {
    const { menus, others } = await start();
    await menus.renameOther('7');
    expect([(await others.find('7')).name, others.loads]).toEqual(['put', 0]);
  });

  it('among those of a method that takes a list, and for as long', async () => {
    const { menus, clock } = await start();
    await menus.renameOfMany('7');
    clock.advance(7_199_000);
    expect(await menus.findMany(['7', '8'])).toEqual([
      { id: '7', name: 'put' },
      { id: '8', name: 'loaded' },
    ]);
    clock.advance(1_001);
    expect((await menus.findMany(['7']))[0]!.name).toBe('loaded');
  });

  it('for as long as the method keeps it', async () => {
    const { menus, clock } = await start();
    await menus.rename('7', 'renamed');
    clock.advance(3_599_999);
    expect((await menus.summary('7')).name).toBe('renamed');
    clock.advance(1);
    expect((await menus.summary('7')).name).toBe('loaded');
  });

  it("with the method's tags", async () => {
    const { menus, cache } = await start();
    await menus.rename('7', 'renamed');
    await cache.evictTags('menu:7');
    expect((await menus.summary('7')).name).toBe('loaded');
  });

  it('last of an Observable', async () => {
    const { menus } = await start();
    menus.source = of({ id: '7', name: 'early' }, { id: '7', name: 'last' });
    await lastValueFrom(menus.watch('7'));
    expect([(await menus.summary('7')).name, menus.loads]).toEqual(['last', 0]);
  });

  it('of no Observable that had none', async () => {
    const { menus } = await start();
    await menus.summary('7');
    await lastValueFrom(menus.watch('7'), { defaultValue: undefined });
    expect([(await menus.summary('7')).name, menus.loads]).toEqual(['loaded', 1]);
  });

  it('and a slow load of the old value does not overwrite it', async () => {
    const { menus } = await start();
    let release = (): void => undefined;
    menus.load = new Promise((resolve) => (release = resolve));
    const slow = menus.summary('7');
    await expect.poll(() => menus.loads).toBe(1);
    await menus.rename('7', 'renamed');
    release();
    expect((await slow).name).toBe('loaded');
    expect([(await menus.summary('7')).name, menus.loads]).toEqual(['renamed', 1]);
  });
});

describe('what is not put evicts the old value:', () => {
  it.each<[string, (menus: Menus) => Promise<unknown>]>([
    ['`unless` of the put', (menus) => menus.rename('7', '')],
    ['`unless` of the method', (menus) => menus.rename('7', 'renamed', true)],
    ['a value that cannot be kept', (menus) => menus.function('7')],
  ])('%s', async (_, put) => {
    const { menus } = await start();
    await menus.summary('7');
    await put(menus);
    await menus.summary('7');
    expect(menus.loads).toBe(2);
  });

  it.each(['short', 'throws'])('a ttl that says no: %s', async (name) => {
    const { menus } = await start();
    await menus.chosen('7');
    expect(await menus.choose('7', name)).toEqual({ id: '7', name });
    await menus.chosen('7');
    expect(menus.loads).toBe(2);
  });

  it('calls that the method does not cache have none', async () => {
    const { menus } = await start();
    await menus.rename('draft', 'renamed');
    expect([(await menus.summary('draft')).name, menus.loads]).toEqual(['loaded', 1]);
  });
});

describe('the method', () => {
  it('that fails puts nothing', async () => {
    const { menus } = await start();
    await menus.summary('7');
    await expect(menus.fails('7')).rejects.toThrow('no 7');
    expect([(await menus.summary('7')).name, menus.loads]).toEqual(['loaded', 1]);
  });

  it('of an instance without an application just runs', async () => {
    expect(await new Menus().rename('7', 'renamed')).toMatchObject({ name: 'renamed' });
  });

  it('keeps its result when its put is lost, by the table or by what was written, said once', async () => {
    const { menus, store, logger } = await start();
    for (let i = 0; i < 2; i++) expect(await menus.argless('7')).toEqual({ id: '7', name: 'put' });
    expect(logger.errors).toEqual([expect.stringContaining('Menus.argless')]);
    store.isSick = true;
    expect(await menus.restore('7')).toEqual({ id: '7', name: 'restored' });
    // This process, at least, does not serve what the put was to replace.
    expect((await menus.summary('7')).name).toBe('loaded');
  });

  it('throws what was lost with `strict`', async () => {
    const { menus, store } = await start({ strict: true });
    await expect(menus.argless('7')).rejects.toThrow('no args');
    store.isSick = true;
    await expect(menus.restore('7')).rejects.toBeInstanceOf(EvictionLostError);
  });
});
