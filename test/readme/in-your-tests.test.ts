// #region in-memory
import { Test } from '@nestjs/testing';
import { DYNAMO_CACHE_OPTIONS, DynamoStore } from 'nestjs-dynamo-cache';
import { InMemoryStore, ManualClock } from 'nestjs-dynamo-cache/testing';
// #endregion
import { expect, it } from 'vitest';
import { AppModule, RestaurantService, grading } from './restaurants';

it('has hits and expiries without a table', async () => {
  const before = grading.count;
  // #region in-memory
  const clock = new ManualClock();
  const moduleRef = await Test.createTestingModule({ imports: [AppModule] })
    .overrideProvider(DYNAMO_CACHE_OPTIONS)
    .useValue({ clock })
    .overrideProvider(DynamoStore)
    .useValue(new InMemoryStore(clock))
    .compile();

  const restaurants = moduleRef.get(RestaurantService);
  const first = await restaurants.summary('7');
  expect(await restaurants.summary('7')).toEqual(first); // a hit
  clock.advance(600_000);
  expect((await restaurants.summary('7')).asOf).not.toEqual(first.asOf); // loaded again
  // #endregion
  expect(grading.count - before).toBe(2);
  await moduleRef.close();
});
