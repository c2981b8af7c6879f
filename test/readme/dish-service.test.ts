import { Injectable } from '@nestjs/common';
import { DynamoCacheableMany } from 'nestjs-dynamo-cache';
import { beforeEach, expect, it, vi } from 'vitest';
import { startModule } from '../module/application';

// #region lists
@Injectable()
export class DishService {
  @DynamoCacheableMany({ ttl: '10m', id: (dish: Dish) => dish.id })
  async findMany(ids: string[]): Promise<Dish[]> {
    return loadDishes(ids); // called once, with the ids that are missing
  }
}
// #endregion

interface Dish {
  id: string;
}

@Injectable()
class OtherForms {
  @DynamoCacheableMany({ as: 'map' })
  async map(ids: string[]): Promise<Map<string, Dish>> {
    return new Map((await loadDishes(ids)).map((dish) => [dish.id, dish]));
  }

  @DynamoCacheableMany({ as: 'record' })
  async record(ids: string[]): Promise<Record<string, Dish>> {
    return Object.fromEntries((await loadDishes(ids)).map((dish) => [dish.id, dish]));
  }

  @DynamoCacheableMany()
  async inOrder(ids: string[]): Promise<(Dish | null)[]> {
    const dishes = await loadDishes(ids);
    return ids.map((id) => dishes.find((dish) => dish.id === id) ?? null);
  }
}

const MENU = ['a', 'b', 'c'];
// In an order of its own, as a database has it.
const loadDishes = vi.fn(async (ids: string[]): Promise<Dish[]> =>
  MENU.filter((id) => ids.includes(id)).map((id) => ({ id })),
);

let dishes: DishService;
let others: OtherForms;

beforeEach(async () => {
  loadDishes.mockClear();
  const module = await startModule({ providers: [DishService, OtherForms] });
  dishes = module.get(DishService);
  others = module.get(OtherForms);
});

it('loads the ids that are missing, in one call, and keeps the order and the duplicates of the list', async () => {
  expect(await dishes.findMany(['b'])).toEqual([{ id: 'b' }]);
  const found = await dishes.findMany(['c', 'b', 'nothing', 'a', 'c']);
  expect(found.map(({ id }) => id)).toEqual(['c', 'b', 'a', 'c']);
  expect(loadDishes.mock.calls).toEqual([[['b']], [['c', 'nothing', 'a']]]);
  // What has no result is not remembered.
  await dishes.findMany(['a', 'b', 'nothing']);
  expect(loadDishes.mock.calls.slice(2)).toEqual([[['nothing']]]);
});

it('takes a Map or a record', async () => {
  expect(await others.map(['b', 'nothing', 'a'])).toEqual(
    new Map([
      ['b', { id: 'b' }],
      ['a', { id: 'a' }],
    ]),
  );
  expect(await others.record(['b', 'nothing'])).toEqual({ b: { id: 'b' } });
  expect(loadDishes).toHaveBeenCalledTimes(2);
  await others.map(['a', 'b']);
  await others.record(['b']);
  expect(loadDishes).toHaveBeenCalledTimes(2);
});

it('takes, without `id`, one element an id', async () => {
  expect(await others.inOrder(['b', 'nothing', 'a'])).toEqual([{ id: 'b' }, null, { id: 'a' }]);
  expect(await others.inOrder(['a', 'nothing'])).toEqual([{ id: 'a' }, null]);
  expect(loadDishes).toHaveBeenCalledTimes(1);
});
