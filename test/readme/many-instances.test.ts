import type { DynamicModule, FactoryProvider, ValueProvider } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Keyv } from 'keyv';
import {
  DYNAMO_CACHE_OPTIONS,
  DynamoCache,
  DynamoCacheModule,
  type DynamoCacheOptions,
  DynamoStore,
} from 'nestjs-dynamo-cache';
import { InMemoryStore, ManualClock } from 'nestjs-dynamo-cache/testing';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Log, started } from '../module/application';

/** What stands for Redis. */
const redis = new Map<string, unknown>();

function snippet(): DynamicModule {
  // #region many-instances
  const cacheModule = DynamoCacheModule.forRoot({
    table: 'cache-prod',
    lease: true, // the whole fleet loads a key once at a time
    memory: { max: 10_000, ttl: '5s' }, // and keeps it in each process for five seconds
    tiers: [new Keyv({ store: redis })], // and in Redis, before DynamoDB is asked
  });
  // #endregion
  return cacheModule;
}

/** Counts the addresses that the table is asked for. */
class CountingStore extends InMemoryStore {
  readonly asked: string[] = [];

  override read(...args: Parameters<InMemoryStore['read']>): ReturnType<InMemoryStore['read']> {
    this.asked.push(...args[0]);
    return super.read(...args);
  }
}

let clock: ManualClock;
let store: CountingStore;

beforeEach(() => {
  redis.clear();
  clock = new ManualClock();
  store = new CountingStore(clock);
});

/** An instance of the fleet, with the snippet's options on a clock that stands still. */
async function instance(more: DynamoCacheOptions = {}): Promise<DynamoCache> {
  const { providers = [] } = snippet();
  const given = (providers as (ValueProvider | FactoryProvider)[]).find(
    ({ provide }) => provide === DYNAMO_CACHE_OPTIONS,
  ) as ValueProvider<DynamoCacheOptions>;
  const module = await started(
    Test.createTestingModule({ imports: [snippet()] })
      .overrideProvider(DYNAMO_CACHE_OPTIONS)
      .useValue({ ...given.useValue, clock, logger: new Log(), ...more })
      .overrideProvider(DynamoStore)
      .useValue(store),
  );
  return module.get(DynamoCache);
}

/** Lets time pass until a promise has settled. */
async function passing<T>(promise: Promise<T>): Promise<T> {
  let isOver = false;
  const over = () => (isOver = true);
  promise.then(over, over);
  await vi.waitFor(
    () => {
      if (!isOver) clock.advance(250);
      expect(isOver).toBe(true);
    },
    { interval: 5, timeout: 15_000 },
  );
  return promise;
}

describe('a lease', () => {
  it('lets one process load, while the others wait for it', async () => {
    const [one, other] = [await instance(), await instance()];
    let answer: (value: string) => void = () => undefined;
    const load = vi.fn(() => new Promise<string>((resolve) => (answer = resolve)));
    const ours = one.getOrLoad('a', load);
    await vi.waitFor(() => expect(load).toHaveBeenCalledTimes(1));
    const theirs = other.getOrLoad('a', load);
    await vi.waitFor(() => expect(clock.waiting).toBe(1));
    answer('loaded');
    expect(await ours).toBe('loaded');
    expect(await passing(theirs)).toBe('loaded');
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('lets the others serve a stale value, if there is one', async () => {
    const [one, other] = [await instance({ staleIfError: '1h' }), await instance({ staleIfError: '1h' })];
    await one.set('a', 'stale', { ttl: '1m' });
    clock.advance(60_000);
    let answer: (value: string) => void = () => undefined;
    const load = vi.fn(() => new Promise<string>((resolve) => (answer = resolve)));
    const ours = one.getOrLoad('a', load);
    await vi.waitFor(() => expect(load).toHaveBeenCalledTimes(1));
    expect(await other.getOrLoad('a', load)).toBe('stale');
    answer('loaded');
    expect(await ours).toBe('loaded');
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('of a holder that died costs the others ten seconds', async () => {
    const [one, other] = [await instance(), await instance()];
    let die: (error: Error) => void = () => undefined;
    const load = vi.fn(() => new Promise<string>((_, reject) => (die = reject)));
    const ours = one.getOrLoad('a', load).catch(() => 'dead');
    await vi.waitFor(() => expect(load).toHaveBeenCalledTimes(1));
    const startedAtMs = clock.now();
    expect(await passing(other.getOrLoad('a', () => 'loaded'))).toBe('loaded');
    // The clock runs on while requests are out, so on a busy machine more of its time goes by than the lease's.
    expect(clock.now() - startedAtMs).toBeGreaterThanOrEqual(10_000);
    expect(clock.now() - startedAtMs).toBeLessThan(15_000);
    die(new Error('at last'));
    expect(await ours).toBe('dead');
  });
});

describe('the memory', () => {
  it('answers for five seconds, and no longer', async () => {
    const cache = await instance();
    await cache.getOrLoad('a', () => 'x');
    clock.advance(4_999);
    expect(await cache.get('a')).toBe('x');
    expect(cache.stats()).toMatchObject({ hits: 1, memoryHits: 1 });
    clock.advance(1);
    expect(await cache.get('a')).toBe('x');
    expect(cache.stats()).toMatchObject({ hits: 2, memoryHits: 1 });
  });

  it("sees its own evictions at once, and other processes' when its time is over", async () => {
    const [one, other] = [await instance({ tiers: [] }), await instance({ tiers: [] })];
    await one.getOrLoad('a', () => 'x');
    expect(await other.get('a')).toBe('x');
    await one.delete('a');
    expect(await one.get('a')).toBeUndefined();
    expect(await other.get('a')).toBe('x');
    clock.advance(5_000);
    expect(await other.get('a')).toBeUndefined();
  });
});

describe('a tier', () => {
  it('answers a process whose memory does not, before DynamoDB is asked', async () => {
    const [one, other] = [await instance(), await instance()];
    await one.getOrLoad('a', () => 'x');
    clock.advance(5_000);
    expect(await one.get('a')).toBe('x'); // read from the table, and kept in the tier
    store.asked.length = 0;
    expect(await other.get('a')).toBe('x');
    expect(store.asked.filter((address) => address.endsWith('#a'))).toEqual([]);
  });

  it('forgets what this process evicts', async () => {
    const [one, other] = [await instance(), await instance()];
    await one.getOrLoad('a', () => 'x');
    clock.advance(5_000);
    await one.get('a');
    await one.delete('a');
    expect(await other.get('a')).toBeUndefined();
  });

  it('that is away costs no hit', async () => {
    const fail = () => Promise.reject(new Error('away'));
    const away = { get: fail, set: fail, delete: fail };
    const cache = await instance({ tiers: [away], memory: false });
    await cache.getOrLoad('a', () => 'x');
    expect(await cache.getOrLoad('a', () => 'y')).toBe('x');
  });
});
