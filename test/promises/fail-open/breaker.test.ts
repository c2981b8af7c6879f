import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DynamoCache } from '../../../lib/core';
import { ManualClock } from '../../../lib/testing';
import { DAY, SECOND, type Lines } from '../../engine/build-cache';
import { deferred } from '../../engine/deferred';
import { dynamodbEndpoint, freshTable } from '../../support/dynamodb';
import { FaultyProxy } from '../../support/faulty-proxy';
import { buildCache, clientOptions } from './build-cache';

const COOLDOWN_MS = 10 * SECOND;

let table: string;
let proxy: FaultyProxy;
let cache: DynamoCache;
let lines: Lines;
let clock: ManualClock;

beforeAll(async () => {
  table = await freshTable();
  proxy = await FaultyProxy.start(dynamodbEndpoint);
});
beforeEach(() => {
  clock = new ManualClock();
  ({ cache, lines } = buildCache({
    table,
    clock,
    client: clientOptions({ endpoint: proxy.endpoint }),
    timeout: '5s',
    breaker: { failures: 5, cooldown: COOLDOWN_MS },
  }));
});
afterEach(async () => {
  proxy.mode = 'pass';
  proxy.intercept = undefined;
  vi.useRealTimers();
  await cache.close();
});
afterAll(() => proxy.close());

const load = (key: string, value = key) => cache.getOrLoad(key, async () => value);

async function open() {
  proxy.mode = 'status-500';
  for (let i = 0; i < 5; i++) await load(`down:${i}`);
  expect(cache.stats().breaker).toBe('open');
  proxy.mode = 'pass';
  proxy.reset();
}

describe('after the cool-down', () => {
  it('one probe goes out, while 50 callers are refused at once and served by their loaders', async () => {
    await open();
    clock.advance(COOLDOWN_MS - 1);
    await load('early');
    expect(proxy.count()).toBe(0);

    clock.advance(1);
    const answer = deferred();
    proxy.intercept = async () => {
      await answer.promise;
      return undefined;
    };
    const probe = load('probe');
    await vi.waitUntil(() => proxy.count() === 1);
    const others = Array.from({ length: 50 }, (_, i) => `other:${i}`);
    expect(await Promise.all(others.map((key) => load(key)))).toEqual(others);
    for (const key of others) expect(await load(key)).toBe(key);
    expect(proxy.count()).toBe(1);
    expect(cache.stats()).toMatchObject({ breaker: 'half-open', store: { operations: 6 } });

    answer.resolve();
    expect(await probe).toBe('probe');
    expect(cache.stats().breaker).toBe('closed');
  });

  it('the cache works again, and a new illness is said again', async () => {
    await open();
    clock.advance(COOLDOWN_MS);
    await load('healed', 'first');
    expect(await load('healed', 'second')).toBe('first');
    expect(await cache.delete('healed')).toBe(true);
    expect(lines.all).toHaveLength(1);
    await open();
    expect(lines.all).toHaveLength(2);
  });

  it('a probe that fails keeps the others waiting for another cool-down', async () => {
    await open();
    proxy.mode = 'status-500';
    for (let i = 1; i <= 3; i++) {
      clock.advance(COOLDOWN_MS);
      for (const key of ['a', 'b', 'c']) expect(await load(key)).toBe(key);
      expect(proxy.count()).toBe(i);
    }
  });
});

describe('a wall clock that jumps', () => {
  const jump = (ms: number) => {
    clock.jump(ms);
    vi.setSystemTime(Date.now() + ms);
  };
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] });
  });

  it.each([-DAY, DAY])('by %d ms breaks no call while the table is well', async (ms) => {
    expect(await load(`jump:${ms}`, 'first')).toBe('first');
    jump(ms);
    expect(['first', 'second']).toContain(await load(`jump:${ms}`, 'second'));
    expect(await load(`jump:${ms}:new`, 'x')).toBe('x');
    expect(await cache.set(`jump:${ms}`, 'third')).toBe(true);
    expect(await load(`jump:${ms}`, 'fourth')).toBe('third');
    jump(-ms);
    expect(['third', 'fifth']).toContain(await load(`jump:${ms}`, 'fifth'));
    expect(cache.stats().store.failures).toBe(0);
  });

  it.each([-DAY, DAY])('by %d ms breaks no call while the breaker is open, nor keeps it open', async (ms) => {
    await open();
    jump(ms);
    expect(await load(`open:${ms}`)).toBe(`open:${ms}`);
    clock.advance(COOLDOWN_MS);
    expect(await load(`open:${ms}`)).toBe(`open:${ms}`);
    expect(cache.stats().breaker).toBe('closed');
  });
});
