// #region cache-manager
import { Inject, Injectable } from '@nestjs/common';
import type { Cache } from 'cache-manager';
import { CACHE_MANAGER } from 'nestjs-dynamo-cache';

@Injectable()
export class LegacyService {
  constructor(@Inject(CACHE_MANAGER) private readonly cacheManager: Cache) {}

  visits() {
    return this.cacheManager.wrap('visits', () => countVisits(), 60_000);
  }
}
// #endregion
import { DynamoCache } from 'nestjs-dynamo-cache';
import { InMemoryStore, ManualClock } from 'nestjs-dynamo-cache/testing';
import { expect, it, vi } from 'vitest';
import { startModule } from '../module/application';

const countVisits = vi.fn(async () => new Map([['home', 3n]]));

it('is one more door to the same items, typed', async () => {
  const clock = new ManualClock();
  const module = await startModule({
    options: { clock },
    store: new InMemoryStore(clock),
    providers: [LegacyService],
  });
  const legacy = module.get(LegacyService);
  const cache = module.get(DynamoCache);
  await legacy.visits();
  expect(await legacy.visits()).toEqual(new Map([['home', 3n]]));
  expect(await cache.get('visits')).toEqual(new Map([['home', 3n]]));
  expect(countVisits).toHaveBeenCalledTimes(1);

  await cache.set('visits', 'by the other door');
  expect(await legacy.visits()).toBe('by the other door');
  await cache.delete('visits');
  await legacy.visits();
  clock.advance(60_000);
  await legacy.visits();
  expect(countVisits).toHaveBeenCalledTimes(3);
});
