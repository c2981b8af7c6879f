import { DynamoCache, onCacheEvent } from 'nestjs-dynamo-cache';
import { InMemoryStore } from 'nestjs-dynamo-cache/testing';
import { afterEach, expect, it, vi } from 'vitest';
import { startModule } from '../module/application';
import { README, unwrapped } from './markdown';

const away = new Error('away');

class AbsentStore extends InMemoryStore {
  override read(): Promise<never> {
    return Promise.reject(away);
  }
}

afterEach(() => {
  vi.restoreAllMocks();
});

it('tells of what fails, until it is stopped', async () => {
  const warn = vi.spyOn(console, 'warn').mockReturnValue(undefined);
  // #region watching
  const stop = onCacheEvent((event) => {
    if (event.type === 'error') console.warn(event.operation, event.error);
  });
  // #endregion
  const cache = (await startModule({ store: new AbsentStore() })).get(DynamoCache);
  expect(await cache.getOrLoad('a', () => 'x')).toBe('x');
  expect(warn).toHaveBeenCalledWith('read', away);
  warn.mockClear();
  stop();
  await cache.getOrLoad('b', () => 'x');
  expect(warn).not.toHaveBeenCalled();
});

it('counts what the README says, in all and for each method', async () => {
  const [, list = ''] = /`cache.stats\(\)` counts (.*?), in all/.exec(unwrapped(README)) ?? [];
  expect(list.split(/, | and /)).toEqual([
    'hits',
    'misses',
    'stale answers',
    'loads',
    'units',
    'bytes',
    'estimated cost',
    'loader time saved',
  ]);
  const cache = (await startModule({})).get(DynamoCache);
  const memo = cache.memoize(async (id: string) => ({ id }), { name: 'menu' });
  await memo('7');
  await memo('7');
  const counted = {
    hits: 1,
    misses: 1,
    stale: 0,
    loads: 1,
    readUnits: expect.any(Number),
    writeUnits: 1,
    bytes: expect.any(Number),
    estimatedCost: expect.any(Number),
    loaderMsSaved: expect.any(Number),
    loaderMs: { p50: expect.any(Number), p99: expect.any(Number) },
    hitMs: { p50: expect.any(Number), p99: expect.any(Number) },
  };
  expect(cache.stats()).toMatchObject({ ...counted, methods: { menu: counted } });
});
