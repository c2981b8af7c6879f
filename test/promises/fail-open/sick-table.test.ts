import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DynamoCache } from '../../../lib/core';
import type { Lines } from '../../engine/build-cache';
import { dynamodbEndpoint, freshTable } from '../../support/dynamodb';
import { FaultyProxy, type AnswerMode } from '../../support/faulty-proxy';
import { BUDGET_MS, SECRETS, buildCache } from './build-cache';
import { ILLNESSES } from './illnesses';

// Where nothing is measured.
const SHORT_MS = 40;

let table: string;
let proxy: FaultyProxy;
let cache: DynamoCache;
let lines: Lines;

beforeAll(async () => {
  table = await freshTable();
  // The SDK is imported at the first operation; that cost is not the illness's.
  await buildCache({ table }).cache.get('warm');
});
// A proxy of its own for each test, because a request that was given up may arrive late.
beforeEach(async () => {
  proxy = await FaultyProxy.start(dynamodbEndpoint);
});
afterEach(async () => {
  await cache.close();
  await proxy.close();
});

/** A loader that takes a turn of the event loop and counts its calls. */
function counted() {
  const calls = { count: 0 };
  const load = async (value: string) => {
    calls.count++;
    await sleep(0);
    return { value };
  };
  return { calls, load };
}

const numbers = (n: number) => Array.from({ length: n }, (_, i) => String(i));

describe.each(Object.entries(ILLNESSES))('while %s', (_, { options, mode, requestsAnOperation }) => {
  beforeEach(async () => {
    if (mode) proxy.mode = mode;
    await proxy.ready();
  });
  const suffer = (timeout: number) => {
    ({ cache, lines } = buildCache({ ...options(proxy, table), timeout }));
  };
  afterEach(() => {
    for (const secret of SECRETS) expect(lines.all.join('\n')).not.toContain(secret);
  });

  it('20 calls in a row get their results, and after 5 failures nothing is sent', async () => {
    suffer(BUDGET_MS);
    const { calls, load } = counted();
    const started = performance.now();
    for (const n of numbers(20))
      expect(await cache.getOrLoad(`row:${n}`, () => load(n))).toEqual({ value: n });

    expect(performance.now() - started).toBeLessThan(10 * BUDGET_MS);
    expect(calls.count).toBe(20);
    expect(cache.stats()).toMatchObject({
      loads: 20,
      breaker: 'open',
      store: { operations: 5, failures: 5, refused: 15 },
    });
    expect(proxy.count()).toBeLessThanOrEqual(5 * requestsAnOperation);
    expect(lines.all.length).toBeLessThanOrEqual(2);
  });

  it('20 calls of one key in a row each load', async () => {
    suffer(SHORT_MS);
    const { calls, load } = counted();
    for (const n of numbers(20)) expect(await cache.getOrLoad('one', () => load(n))).toEqual({ value: n });
    expect(calls.count).toBe(20);
    expect(cache.stats().store.operations).toBe(5);
  });

  it('200 calls at once get their results, by one load each and three reads', async () => {
    suffer(BUDGET_MS);
    const { calls, load } = counted();
    const started = performance.now();
    const found = await Promise.all(numbers(200).map((n) => cache.getOrLoad(`at-once:${n}`, () => load(n))));

    expect(performance.now() - started).toBeLessThan(20 * BUDGET_MS);
    expect(found).toEqual(numbers(200).map((value) => ({ value })));
    expect(calls.count).toBe(200);
    // 200 values and the namespace's stamp; without that one nobody waits for the others.
    await expect.poll(() => cache.stats().store).toMatchObject({ operations: 3, failures: 3 });
    expect(proxy.count()).toBeLessThanOrEqual(3 * requestsAnOperation);
    expect(lines.all.length).toBeLessThanOrEqual(2);
  });

  it('200 calls of one key at once share one load and one read', async () => {
    suffer(SHORT_MS);
    const { calls, load } = counted();
    const found = await Promise.all(numbers(200).map(() => cache.getOrLoad('one', () => load('x'))));
    expect(found).toEqual(numbers(200).map(() => ({ value: 'x' })));
    expect(calls.count).toBe(1);
    expect(cache.stats()).toMatchObject({ joined: 199, store: { operations: 1, failures: 1 } });
  });

  it("a loader's own error arrives, the very object", async () => {
    suffer(SHORT_MS);
    const error = new Error('no such menu');
    const load = () => Promise.reject(error);
    const calls = ['a', 'b', 'b'].map((key) => cache.getOrLoad(key, load).catch((thrown: unknown) => thrown));
    for (const thrown of await Promise.all(calls)) expect(thrown).toBe(error);
  });

  it('get, set, delete and the calls of a memoized function never reject', async () => {
    suffer(SHORT_MS);
    const memo = cache.memoize(async (_: string) => 'secret-value', { name: 'memo' });
    expect(await cache.get('a')).toBeUndefined();
    expect(await cache.set('a', 'secret-value')).toBe(false);
    expect(await cache.delete('a')).toBe(false);
    expect(await memo('secret-argument')).toBe('secret-value');
    // A set reads the stamps that its value depends on, and evicts when it cannot.
    expect(cache.stats().store).toMatchObject({ operations: 5, failures: 5, lateEvictions: 2 });
  });

  it('a request reads a key once', async () => {
    suffer(SHORT_MS);
    await cache.runInScope(async () => {
      for (let i = 0; i < 3; i++) expect(await cache.getOrLoad('a', () => 'first')).toBe('first');
    });
    expect(cache.stats().store.operations).toBe(1);
  });
});

const WRITE_ILLNESSES: AnswerMode[] = [
  'black-hole',
  'stalled-body',
  'status-500',
  'throttle',
  'access-denied',
];

it.each(WRITE_ILLNESSES)('while only writes meet %s, a call costs at most one budget more', async (mode) => {
  proxy.intercept = ({ operation }) => (operation === 'PutItem' ? mode : undefined);
  // Reads are well here, and counted: a budget that a busy machine does not use up.
  const timeout = 3 * BUDGET_MS;
  ({ cache, lines } = buildCache({ ...ILLNESSES['it answers 500']!.options(proxy, table), timeout }));
  const started = performance.now();
  for (const n of ['1', '2', '3']) expect(await cache.getOrLoad(`${mode}:${n}`, () => n)).toBe(n);

  expect(performance.now() - started).toBeLessThan(3 * 3 * timeout);
  expect(cache.stats()).toMatchObject({ loads: 3, fills: 0, fillsDropped: 3 });
  expect(cache.stats().store.operations).toBe(6);
});

it.each([0, -1, NaN, Infinity])('a ttl of %d is refused at start-up and at the call', async (ttl) => {
  const refusal = expect.objectContaining({ code: 'INVALID_OPTIONS', option: 'ttl' }) as unknown;
  expect(() => buildCache({ table, ttl })).toThrow(refusal);
  ({ cache, lines } = buildCache({ table }));
  await expect(cache.getOrLoad('a', () => 1, { ttl })).rejects.toEqual(refusal);
  await expect(cache.set('a', 1, { ttl })).rejects.toEqual(refusal);
});
