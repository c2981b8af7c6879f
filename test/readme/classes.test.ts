import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  DYNAMO_CACHE_OPTIONS,
  DynamoCache,
  DynamoCacheModule,
  type DynamoCacheOptions,
  DynamoCacheable,
  DynamoStore,
  customType,
} from 'nestjs-dynamo-cache';
import { InMemoryStore } from 'nestjs-dynamo-cache/testing';
import { expect, it } from 'vitest';
import { Log, started } from '../module/application';

class Money {
  readonly #cents: number;

  private constructor(
    cents: number,
    readonly currency: string,
  ) {
    this.#cents = cents;
  }

  get cents(): number {
    return this.#cents;
  }

  static of(cents: number, currency: string): Money {
    if (!Number.isSafeInteger(cents)) throw new RangeError(`No amount of cents: ${String(cents)}`);
    return new Money(cents, currency);
  }
}

class Dish {
  constructor(
    readonly name: string,
    readonly price: Money,
  ) {}
}

let loads = 0;

@Injectable()
class DishService {
  @DynamoCacheable('1h')
  async dish(name: string): Promise<Dish> {
    loads++;
    return new Dish(name, Money.of(1999, 'EUR'));
  }
}

function snippet() {
  // #region classes
  const money = customType({
    type: Money,
    serialize: (price) => ({ cents: price.cents, currency: price.currency }),
    deserialize: ({ cents, currency }) => Money.of(cents, currency),
  });
  const cacheModule = DynamoCacheModule.forRoot({ table: 'cache-prod', types: [Dish, money] });
  // #endregion
  return { cacheModule, money };
}

const { money } = snippet();
type Types = NonNullable<DynamoCacheOptions['types']>;
const ours: Types = [Dish, money];

/** A deployment with those classes. */
async function deployment(store: InMemoryStore, types = ours) {
  const log = new Log();
  const module = await started(
    Test.createTestingModule({ imports: [snippet().cacheModule], providers: [DishService] })
      .overrideProvider(DYNAMO_CACHE_OPTIONS)
      .useValue({ types, logger: log } satisfies DynamoCacheOptions)
      .overrideProvider(DynamoStore)
      .useValue(store),
  );
  return { dishes: module.get(DishService), cache: module.get(DynamoCache), log };
}

it('a hit has what the miss had, for methods and for memoized functions', async () => {
  const { dishes, cache, log } = await deployment(new InMemoryStore());
  loads = 0;
  const priceMemo = cache.memoize(async (cents: number) => ({ price: Money.of(cents, 'USD') }), {
    name: 'price',
  });
  for (let visit = 0; visit < 2; visit++) {
    const { price } = await dishes.dish('pho');
    expect([price.cents, price.currency]).toEqual([1999, 'EUR']);
    expect(price).toBeInstanceOf(Money);
    expect((await priceMemo(7)).price.cents).toBe(7);
  }
  expect(loads).toBe(1);
  expect(cache.stats()).toMatchObject({ hits: 2, misses: 2 });
  expect(log.warnings).toEqual([]);
});

it.each<[string, Types, string]>([
  ['that lacks the class', [Dish], 'an instance of a class that `types` does not name'],
  [
    'that keeps it by its properties',
    [Dish, Money as never],
    'a Money for which `types` has no `deserialize`',
  ],
  [
    'of another form',
    [
      Dish,
      customType({
        type: Money,
        serialize: ({ cents }) => cents,
        deserialize: (cents) => Money.of(cents, 'EUR'),
      }),
    ],
    'the `deserialize` of Money threw',
  ],
])('a deployment %s loads again, and says why', async (_name, types, why) => {
  const store = new InMemoryStore();
  const before = await deployment(store);
  await before.dishes.dish('pho');
  loads = 0;
  const after = await deployment(store, types);
  expect((await after.dishes.dish('pho')).price.cents).toBe(1999);
  expect(loads).toBe(1);
  expect(after.log.warnings.join()).toContain(why);
  expect(after.log.warnings.join()).not.toContain('1999');
});
