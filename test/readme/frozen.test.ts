// On platforms that freeze the process after the answer. Vercel's and Next's own function is stood in for.
import { createDynamoCache } from 'nestjs-dynamo-cache/core';
import { DynamoCache } from 'nestjs-dynamo-cache';
import { InMemoryStore, ManualClock } from 'nestjs-dynamo-cache/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startModule } from '../module/application';
import { afterFile } from '../support/after-file';
import { createReadmeTable, hit, useDynamoDBOfTheRun } from './readme-table';

const MINUTE = 60_000;
const waitUntil = vi.fn<(work: Promise<unknown>) => void>();

function snippet() {
  // #region frozen
  const cache = createDynamoCache({
    table: 'cache-prod',
    staleWhileRevalidate: '5m',
    waitUntil, // of '@vercel/functions', or what Next calls `after`
  });
  // #endregion
  return cache;
}

let loads: number;
const load = async () => ++loads;

beforeEach(() => {
  loads = 0;
  waitUntil.mockClear();
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

describe('on Vercel', () => {
  beforeEach(async () => {
    vi.stubEnv('VERCEL', '1');
    useDynamoDBOfTheRun();
    await createReadmeTable();
  });

  it('`waitUntil` is handed the refresh behind a stale answer', async () => {
    const cache = snippet();
    afterFile(() => cache.close());
    const call = () => cache.getOrLoad('frozen', load, { ttl: '10m' });
    const first = await hit(call, () => loads);
    expect(waitUntil).not.toHaveBeenCalled();

    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10 * MINUTE });
    await vi.waitFor(
      async () => {
        expect(await call()).toBe(first);
        expect(waitUntil).toHaveBeenCalled();
      },
      { timeout: 15_000 },
    );
    await waitUntil.mock.calls[0]![0];
    expect(loads).toBe(first + 1);
    expect(await hit(call, () => loads)).toBe(first + 1);
  });
});

describe('on Lambda, without `waitUntil`', () => {
  let clock: ManualClock;
  let cache: DynamoCache;
  beforeEach(async () => {
    vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'menus');
    clock = new ManualClock();
    const options = { clock, staleWhileRevalidate: '5m' } as const;
    cache = (await startModule({ options, store: new InMemoryStore(clock) })).get(DynamoCache);
    await cache.getOrLoad('a', load);
    clock.advance(10 * MINUTE);
  });

  it('a stale value is refreshed before the answer', async () => {
    expect(await cache.getOrLoad('a', load)).toBe(2);
    expect(loads).toBe(2);
  });

  it('and served if that fails', async () => {
    const fail = () => Promise.reject(new Error('away'));
    expect(await cache.getOrLoad('a', fail)).toBe(1);
  });
});

it('a process that was frozen during a read does not serve what has expired meanwhile', async () => {
  const clock = new ManualClock();
  class FreezingStore extends InMemoryStore {
    override async read(...args: Parameters<InMemoryStore['read']>): ReturnType<InMemoryStore['read']> {
      const answer = await super.read(...args);
      // The monotonic clock of a frozen process may stand still.
      clock.jump(10 * MINUTE);
      return answer;
    }
  }
  const module = await startModule({ options: { clock }, store: new FreezingStore(clock) });
  const cache = module.get(DynamoCache);
  await cache.set('a', 'x', { ttl: '10m' });
  expect(await cache.get('a')).toBeUndefined();
});
