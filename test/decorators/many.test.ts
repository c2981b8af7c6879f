// A method that takes a list of ids: one entry an id, one call with the ids that are missing.
import 'reflect-metadata';
import { Injectable } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { DynamoCache, DynamoCacheEvict, DynamoCacheableMany } from '../../lib';
import { InMemoryStore, ManualClock } from '../../lib/testing';
import { Log, startModule } from '../module/application';

interface Dish {
  id: string;
  language?: string;
}

class CountingStore extends InMemoryStore {
  readonly reads: number[] = [];

  override async read(...args: Parameters<InMemoryStore['read']>) {
    this.reads.push(args[0].length);
    return super.read(...args);
  }
}

const existing = (ids: readonly string[]) => ids.filter((id) => !id.startsWith('no'));

@Injectable()
class Dishes {
  readonly loads: unknown[][] = [];
  waiting: Promise<void> | undefined;
  prefix = '';

  @DynamoCacheableMany({ ttl: '10m', id: (dish: Dish) => dish.id })
  async findMany(ids: string[], language = 'de'): Promise<Dish[]> {
    this.loads.push([...ids]);
    await this.waiting;
    // As databases answer: in an order of their own, and without what does not exist.
    return existing(ids)
      .map((id) => ({ id, language }))
      .reverse();
  }

  @DynamoCacheableMany()
  async aligned(ids: string[]): Promise<(Dish | null | undefined)[]> {
    this.loads.push([...ids]);
    return ids.map((id) => (id === 'null' ? null : id === 'undefined' ? undefined : { id }));
  }

  @DynamoCacheableMany({ as: 'map' })
  async asMap(ids: readonly number[]): Promise<Map<number, string>> {
    this.loads.push([...ids]);
    return new Map(ids.filter((id) => id > 0).map((id) => [id, `dish ${id}`]));
  }

  @DynamoCacheableMany({ as: 'record', name: 'dish-records' })
  async asRecord(ids: string[]): Promise<Record<string, Dish>> {
    this.loads.push([...ids]);
    return Object.fromEntries(existing(ids).map((id) => [id, { id }]));
  }

  @DynamoCacheableMany({ id: (dish: Dish) => dish.id, cacheMissing: true })
  async remembersMissing(ids: string[]): Promise<Dish[]> {
    this.loads.push([...ids]);
    return existing(ids).map((id) => ({ id }));
  }

  @DynamoCacheableMany()
  async misaligned(ids: string[]): Promise<string[]> {
    return ids.slice(1);
  }

  @DynamoCacheableMany()
  async fails(ids: string[]): Promise<string[]> {
    this.loads.push([...ids]);
    throw new Error(`no ${ids.join()}`);
  }

  @DynamoCacheableMany()
  async anything(ids: unknown[]): Promise<unknown[]> {
    this.loads.push([...ids]);
    return ids;
  }

  @DynamoCacheEvict({ method: 'findMany', args: (id: string) => [id] })
  async change(id: string): Promise<string> {
    return id;
  }

  @DynamoCacheEvict({ method: 'findMany', args: (id: string) => [id, 'fr'] })
  async changeFrench(id: string): Promise<string> {
    return id;
  }

  @DynamoCacheEvict({ method: 'findMany' })
  async changeAll(): Promise<void> {
    this.prefix = 'changed';
  }
}

async function start() {
  const logger = new Log();
  const clock = new ManualClock();
  const store = new CountingStore(clock);
  const options = { logger, clock, requestScope: false };
  const module = await startModule({ providers: [Dishes], store, options });
  return { dishes: module.get(Dishes), cache: module.get(DynamoCache), store, logger, clock };
}

const idsOf = (dishes: readonly Dish[]) => dishes.map(({ id }) => id);

describe('an array of results that name their id', () => {
  it('is loaded for the ids that are missing', async () => {
    const { dishes } = await start();
    expect(idsOf(await dishes.findMany(['1', '2']))).toEqual(['1', '2']);
    expect(idsOf(await dishes.findMany(['3', '2', '1', '4']))).toEqual(['3', '2', '1', '4']);
    expect(idsOf(await dishes.findMany(['4', '3']))).toEqual(['4', '3']);
    expect(dishes.loads).toEqual([
      ['1', '2'],
      ['3', '4'],
    ]);
  });

  it('keeps the duplicates of the list, and asks for each once', async () => {
    const { dishes } = await start();
    expect(idsOf(await dishes.findMany(['1', '2', '1']))).toEqual(['1', '2', '1']);
    expect(dishes.loads).toEqual([['1', '2']]);
  });

  it('leaves out what has no result, and asks for it again', async () => {
    const { dishes } = await start();
    for (let i = 0; i < 2; i++) expect(idsOf(await dishes.findMany(['1', 'none', '2']))).toEqual(['1', '2']);
    expect(dishes.loads).toEqual([['1', 'none', '2'], ['none']]);
  });

  it('remembers what has no result, with cacheMissing', async () => {
    const { dishes } = await start();
    for (let i = 0; i < 2; i++) expect(idsOf(await dishes.remembersMissing(['1', 'none']))).toEqual(['1']);
    expect(dishes.loads).toEqual([['1', 'none']]);
  });

  it('is read in one round trip', async () => {
    const { dishes, store } = await start();
    await dishes.findMany(['1', '2', '3']);
    expect(store.reads).toHaveLength(1);
  });

  it('is kept for its ttl', async () => {
    const { dishes, clock } = await start();
    await dishes.findMany(['1']);
    clock.advance(599_999);
    await dishes.findMany(['1']);
    clock.advance(1);
    await dishes.findMany(['1']);
    expect(dishes.loads).toEqual([['1'], ['1']]);
  });

  it('has an entry for each list of further arguments', async () => {
    const { dishes } = await start();
    await dishes.findMany(['1']);
    expect(await dishes.findMany(['1'], 'fr')).toEqual([{ id: '1', language: 'fr' }]);
    expect(await dishes.findMany(['1'], 'fr')).toEqual([{ id: '1', language: 'fr' }]);
    expect(dishes.loads).toEqual([['1'], ['1']]);
  });

  it('is loaded once for lists that overlap at the same time', async () => {
    const { dishes } = await start();
    let release = (): void => undefined;
    dishes.waiting = new Promise((resolve) => (release = resolve));
    const lists = [
      ['1', '2'],
      ['2', '3'],
      ['3', '1'],
    ].map((ids) => dishes.findMany(ids));
    await expect.poll(() => dishes.loads.length).toBe(2);
    release();
    expect((await Promise.all(lists)).map(idsOf)).toEqual([
      ['1', '2'],
      ['2', '3'],
      ['3', '1'],
    ]);
    expect(dishes.loads).toEqual([['1', '2'], ['3']]);
  });

  it('gives each caller values of its own', async () => {
    const { dishes } = await start();
    const [one] = await dishes.findMany(['1']);
    one!.language = 'mutated';
    expect(await dishes.findMany(['1'])).toEqual([{ id: '1', language: 'de' }]);
  });
});

it('an array in the order of the ids keeps null, and not undefined', async () => {
  const { dishes } = await start();
  const ids = ['1', 'null', 'undefined', '2'];
  for (let i = 0; i < 2; i++) {
    expect(await dishes.aligned(ids)).toEqual([{ id: '1' }, null, undefined, { id: '2' }]);
  }
  expect(dishes.loads).toEqual([ids, ['undefined']]);
});

it('a Map has the ids that have a result', async () => {
  const { dishes } = await start();
  for (let i = 0; i < 2; i++) {
    const found = await dishes.asMap([2, -1, 1]);
    expect([...found]).toEqual([
      [2, 'dish 2'],
      [1, 'dish 1'],
    ]);
  }
  expect(dishes.loads).toEqual([[2, -1, 1], [-1]]);
});

it('a record has the ids that have a result, under the name that was set', async () => {
  const { dishes, cache } = await start();
  for (let i = 0; i < 2; i++) {
    expect(await dishes.asRecord(['2', 'none', '1'])).toEqual({ 1: { id: '1' }, 2: { id: '2' } });
  }
  expect(dishes.loads).toEqual([['2', 'none', '1'], ['none']]);
  expect(Object.keys(cache.stats().methods)).toEqual(['dish-records']);
});

describe('eviction', () => {
  it('of one id', async () => {
    const { dishes } = await start();
    await dishes.findMany(['1', '2']);
    await dishes.change('1');
    await dishes.findMany(['1', '2']);
    expect(dishes.loads).toEqual([['1', '2'], ['1']]);
  });

  it('of one id under further arguments', async () => {
    const { dishes } = await start();
    await dishes.findMany(['1'], 'fr');
    await dishes.findMany(['1']);
    await dishes.changeFrench('1');
    await dishes.findMany(['1']);
    expect(dishes.loads).toHaveLength(2);
    await dishes.findMany(['1'], 'fr');
    expect(dishes.loads).toHaveLength(3);
  });

  it('of every id', async () => {
    const { dishes } = await start();
    await dishes.findMany(['1', '2']);
    await dishes.changeAll();
    await dishes.findMany(['2', '1']);
    expect(dishes.loads).toEqual([
      ['1', '2'],
      ['2', '1'],
    ]);
  });
});

describe('a call that cannot be cached', () => {
  it('because its ids are not data runs, said once', async () => {
    const { dishes, logger } = await start();
    const ids = ['1', () => 1];
    expect([await dishes.anything(ids), await dishes.anything(ids)]).toEqual([ids, ids]);
    expect(dishes.loads).toHaveLength(2);
    expect(logger.warnings).toEqual([expect.stringContaining('Dishes.anything')]);
  });

  it('because it has no list runs, said once', async () => {
    const { dishes, logger } = await start();
    const ids = new Set(['1']) as unknown as string[];
    await dishes.anything(ids);
    await dishes.anything(ids);
    expect(dishes.loads).toEqual([['1'], ['1']]);
    expect(logger.warnings).toEqual([
      'A call of Dishes.anything is not cached: its first argument is no array of ids.',
    ]);
  });

  it('because no application made the instance runs', async () => {
    expect(idsOf(await new Dishes().findMany(['1', '2']))).toEqual(['2', '1']);
  });
});

it('the error of the method is passed on, and not kept', async () => {
  const { dishes } = await start();
  for (let i = 0; i < 2; i++) await expect(dishes.fails(['1', '2'])).rejects.toThrow('no 1,2');
  expect(dishes.loads).toHaveLength(2);
});

it('an array that cannot be told apart is refused with what to write', async () => {
  const { dishes } = await start();
  await expect(dishes.misaligned(['1', '2'])).rejects.toThrow(
    'Dishes.misaligned was asked for 2 ids and returned 1 results: return one per id',
  );
});
