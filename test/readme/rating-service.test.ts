import { ForbiddenException, Injectable } from '@nestjs/common';
import { DynamoCache, DynamoCacheable } from 'nestjs-dynamo-cache';
import { InMemoryStore, ManualClock } from 'nestjs-dynamo-cache/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { rejectionOf, startModule } from '../module/application';

// #region freshness
@Injectable()
export class RatingService {
  @DynamoCacheable({
    ttl: '10m',
    staleWhileRevalidate: '5m', // served for five more minutes, while one refresh runs behind the answer
    staleIfError: '1d', // and for a day, when the loader fails
    loaderTimeout: { soft: '1s', hard: '10s' }, // or takes longer than a second; after ten the caller is rejected
    cacheErrors: (error) => (error instanceof RangeError ? '30s' : false), // some errors are answers, too
  })
  async rating(id: string): Promise<Rating> {
    return loadRating(id);
  }
}
// #endregion

interface Rating {
  stars: number;
}

const MINUTE = 60_000;
const loadRating = vi.fn<(id: string) => Promise<Rating>>();

let ratings: RatingService;
let cache: DynamoCache;
let clock: ManualClock;
let store: InMemoryStore;

const start = () => startModule({ options: { clock }, store, providers: [RatingService] });

beforeEach(async () => {
  let stars = 0;
  loadRating.mockReset().mockImplementation(async () => ({ stars: ++stars }));
  clock = new ManualClock();
  store = new InMemoryStore(clock);
  const module = await start();
  ratings = module.get(RatingService);
  cache = module.get(DynamoCache);
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a value past its ten minutes', () => {
  it('is served for five more, while one refresh runs behind the answers', async () => {
    await ratings.rating('7');
    clock.advance(15 * MINUTE - 1);
    const answers = await Promise.all([ratings.rating('7'), ratings.rating('7')]);
    expect(answers).toEqual([{ stars: 1 }, { stars: 1 }]);
    await vi.waitFor(async () => expect(await ratings.rating('7')).toEqual({ stars: 2 }));
    expect(loadRating).toHaveBeenCalledTimes(2);
    expect(cache.stats().misses).toBe(1);
  });

  it('is loaded before the answer after those', async () => {
    await ratings.rating('7');
    clock.advance(15 * MINUTE);
    expect(await ratings.rating('7')).toEqual({ stars: 2 });
  });

  it('stands in for a failing loader for a day', async () => {
    await ratings.rating('7');
    loadRating.mockRejectedValue(new Error('the database is away'));
    clock.advance(10 * MINUTE + 24 * 60 * MINUTE - 1);
    expect(await ratings.rating('7')).toEqual({ stars: 1 });
    expect(loadRating).toHaveBeenCalledTimes(2);
    clock.advance(1);
    await expect(ratings.rating('7')).rejects.toThrow('the database is away');
  });
});

describe('a loader that takes', () => {
  beforeEach(() => {
    // Of real time: it is the caller who waits.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });

  function slowLoad(): (rating: Rating) => void {
    let answer: (rating: Rating) => void = () => undefined;
    loadRating.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
    return (rating) => {
      answer(rating);
    };
  }

  it('more than a second is stood in for, and fills when it is done', async () => {
    await ratings.rating('7');
    clock.advance(60 * MINUTE);
    const answer = slowLoad();
    const rating = ratings.rating('7');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await rating).toEqual({ stars: 1 });
    answer({ stars: 5 });
    await vi.advanceTimersByTimeAsync(0);
    expect(await ratings.rating('7')).toEqual({ stars: 5 });
    expect(loadRating).toHaveBeenCalledTimes(2);
  });

  it('more than ten, with nothing to stand in, rejects the caller and fills when it is done', async () => {
    const answer = slowLoad();
    const rejected = vi.fn();
    const error = rejectionOf(ratings.rating('7'));
    void error.then(rejected);
    await vi.advanceTimersByTimeAsync(9_999);
    expect(rejected).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(await error).toMatchObject({ code: 'LOADER_TIMEOUT', timeoutMs: 10_000 });
    answer({ stars: 5 });
    await vi.advanceTimersByTimeAsync(0);
    expect(await ratings.rating('7')).toEqual({ stars: 5 });
    expect(loadRating).toHaveBeenCalledTimes(1);
  });
});

describe('an error', () => {
  it('that is an answer is kept for its thirty seconds, for other processes, too', async () => {
    loadRating.mockRejectedValue(new RangeError('no such restaurant'));
    await rejectionOf(ratings.rating('7'));
    const other = (await start()).get(RatingService);
    const error = await rejectionOf(other.rating('7'));
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toBe('no such restaurant');
    expect(loadRating).toHaveBeenCalledTimes(1);
    clock.advance(30_000);
    await rejectionOf(other.rating('7'));
    expect(loadRating).toHaveBeenCalledTimes(2);
  });

  it('of another kind is not kept', async () => {
    loadRating.mockRejectedValueOnce(new TypeError('a mistake'));
    await expect(ratings.rating('7')).rejects.toThrow('a mistake');
    expect(await ratings.rating('7')).toEqual({ stars: 1 });
  });
});

it.each([null, undefined])('%s is a result like any other', async (result) => {
  const load = vi.fn(async () => result);
  expect(await cache.getOrLoad('a', load)).toBe(result);
  expect(await cache.getOrLoad('a', load)).toBe(result);
  expect(load).toHaveBeenCalledTimes(1);
});

it('asks a `ttl` that is a function of the result, and keeps nothing when it says false', async () => {
  const ttl = (open: boolean) => (open ? ('1m' as const) : false);
  const load = vi.fn(async () => true);
  await cache.getOrLoad('open', load, { ttl });
  clock.advance(MINUTE - 1);
  await cache.getOrLoad('open', load, { ttl });
  expect(load).toHaveBeenCalledTimes(1);
  clock.advance(1);
  load.mockResolvedValue(false);
  await cache.getOrLoad('open', load, { ttl });
  await cache.getOrLoad('open', load, { ttl });
  expect(load).toHaveBeenCalledTimes(3);
});

it('refreshes behind a hit when most of a life is spent, with `refreshAhead: 0.8`', async () => {
  let loads = 0;
  const call = () => cache.getOrLoad('a', () => ++loads, { ttl: '10m', refreshAhead: 0.8 });
  await call();
  clock.advance(8 * MINUTE - 1);
  expect([await call(), await call(), loads]).toEqual([1, 1, 1]);
  clock.advance(1);
  expect(await call()).toBe(1);
  await vi.waitFor(async () => expect(await call()).toBe(2));
  expect(loads).toBe(2);
});

it('takes up to a tenth off a life by chance, with `jitter: 0.1`', async () => {
  const keys = Array.from({ length: 50 }, (_, i) => `key ${i}`);
  await cache.setMany(
    keys.map((key) => [key, 1]),
    { ttl: '10m', jitter: 0.1 },
  );
  clock.advance(9 * MINUTE - 1);
  expect((await cache.getMany(keys)).size).toBe(50);
  clock.advance(MINUTE / 2);
  const left = (await cache.getMany(keys)).size;
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThan(50);
  clock.advance(MINUTE / 2 + 1);
  expect((await cache.getMany(keys)).size).toBe(0);
});

it('lets nothing stand in for an error that is not chosen, for the whole cache, too', async () => {
  const when = (error: unknown) => !(error instanceof ForbiddenException);
  const module = await startModule({ options: { staleIfError: { for: '1d', when }, clock } });
  const whole = module.get(DynamoCache);
  await whole.getOrLoad('a', () => 1);
  clock.advance(12 * MINUTE);
  const refused = new ForbiddenException();
  await expect(whole.getOrLoad('a', () => Promise.reject(refused))).rejects.toBe(refused);
  expect(await whole.getOrLoad('a', () => Promise.reject<number>(new Error('sick')))).toBe(1);
});

it('takes these for the whole cache, too', async () => {
  const options = {
    staleIfError: '1d',
    refreshAhead: 0.8,
    jitter: 0.1,
    loaderTimeout: { hard: '10s' },
  } as const;
  const module = await startModule({ options: { ...options, staleWhileRevalidate: '5m', clock } });
  const whole = module.get(DynamoCache);
  await whole.getOrLoad('a', () => 1);
  clock.advance(12 * MINUTE);
  expect(await whole.getOrLoad('a', () => 2)).toBe(1);
  await vi.waitFor(async () => expect(await whole.get('a')).toBe(2));
});
