// How many requests the reads of one turn become: counted in front of a real engine.
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type DynamoCacheOptions, createDynamoCache } from '../../lib/core';
import { DynamoStore } from '../../lib/core/dynamo-store';
import { Lines } from '../engine/build-cache';
import { afterFile } from '../support/after-file';
import { type Item, dynamodbEndpoint, freshTable, testClient } from '../support/dynamodb';
import { FaultyProxy } from '../support/faulty-proxy';
import { call, textEntry } from './entries';
import { type Sent, recordingClient } from './recording-client';

const keys = (count: number) => Array.from({ length: count }, (_, i) => `k${i}`);

let table: string;
let proxy: FaultyProxy;
beforeAll(async () => {
  table = await freshTable();
  proxy = await FaultyProxy.start(dynamodbEndpoint);
  afterFile(() => proxy.close());
});
beforeEach(() => {
  proxy.mode = 'pass';
  proxy.intercept = undefined;
  proxy.reset();
});

/** A cache behind the proxy that knows the mark of its namespace already. */
async function start(options: DynamoCacheOptions = {}) {
  const client = testClient({ endpoint: proxy.endpoint, maxAttempts: 1 });
  const lines = new Lines();
  const cache = createDynamoCache({ table, client, timeout: '15s', logger: lines, ...options });
  afterFile(async () => {
    await cache.close();
    client.destroy();
  });
  await cache.get('the mark of the namespace is remembered now');
  proxy.reset();
  return { cache, lines };
}

const readOf = async (key: string) => `loaded ${key}`;
const keysIn = ({ input }: Sent) =>
  (input.RequestItems as Record<string, { Keys: Item[] }> | undefined)?.[table]?.Keys.map(({ pk }) => pk!.S!);

describe('reads', () => {
  it('of 1,000 keys in one turn are 10 requests, and of one key one', async () => {
    const { cache } = await start();
    expect(await cache.getMany(keys(1_000))).toEqual(new Map());
    expect(proxy.requests).toEqual({ BatchGetItem: 10 });
    proxy.reset();
    await Promise.all(keys(50).map(() => cache.get('same')));
    expect(proxy.requests).toEqual({ GetItem: 1 });
  });

  it('without `batch` are a GetItem each', async () => {
    const { cache } = await start({ batch: false });
    await cache.getMany(keys(20));
    expect(proxy.requests).toEqual({ GetItem: 20 });
  });

  it('of a batch that is refused are loaded by each caller, once, with one line in the log', async () => {
    const { cache, lines } = await start({ breaker: { failures: 2, cooldown: '1h' } });
    proxy.mode = 'throttle';
    const load = vi.fn(readOf);
    const found = await Promise.all(keys(100).map((key) => cache.getOrLoad(key, () => load(key))));
    expect(found).toEqual(keys(100).map((key) => `loaded ${key}`));
    expect(load).toHaveBeenCalledTimes(100);
    // Nothing is written back by who could not read.
    expect(proxy.requests).toEqual({ BatchGetItem: 1 });
    expect(cache.stats()).toMatchObject({ breaker: 'closed', store: { failures: 1 } });
    expect(lines.all).toEqual([expect.stringMatching(/^read failed \(ProvisionedThroughput/)]);
  });
});

describe('puts', () => {
  const values = (count: number, of = 'v') =>
    keys(count).map((key) => [`put:${key}`, `${of} ${key}`] as const);

  it('of 60 keys in one turn are 3 requests, and of one key one', async () => {
    const { cache } = await start();
    expect(await cache.setMany(values(60))).toBe(true);
    expect(proxy.requests).toEqual({ BatchWriteItem: 3 });
    expect(await cache.getMany(values(60).map(([key]) => key))).toEqual(new Map(values(60)));
    proxy.reset();
    await cache.set('put:k0', 'alone');
    expect(proxy.requests).toEqual({ PutItem: 1 });
  });

  it('without `batch` are a PutItem each', async () => {
    const { cache } = await start({ batch: false });
    await cache.setMany(values(5));
    expect(proxy.requests).toEqual({ PutItem: 5 });
  });

  it('of one key twice, and of large values, do not leave together', async () => {
    const { cache } = await start();
    const large = 'x'.repeat(600_000);
    const twice = [...values(3), ...values(3)];
    expect(await cache.setMany([...twice, ['large:1', large], ['large:2', large]])).toBe(true);
    expect(await cache.getMany(['large:1', 'large:2', 'put:k2'])).toEqual(
      new Map([
        ['large:1', large],
        ['large:2', large],
        ['put:k2', 'v k2'],
      ]),
    );
    expect(cache.stats().store.failures).toBe(0);
  });

  it('of a batch that is refused evict each key as soon as that is possible', async () => {
    const { cache, lines } = await start({ breaker: { failures: 2, cooldown: '1h' } });
    await cache.setMany(values(10, 'old'));
    proxy.reset();
    proxy.intercept = ({ operation }) => (operation === 'BatchWriteItem' ? 'throttle' : 'pass');
    expect(await cache.setMany(values(10, 'new'))).toBe(false);
    expect(proxy.count('BatchWriteItem')).toBe(1);
    expect(cache.stats()).toMatchObject({ breaker: 'closed', store: { failures: 1, lateEvictions: 10 } });
    expect(await cache.getMany(values(10).map(([key]) => key))).toEqual(new Map());
    expect(lines.warnings).toEqual([expect.stringMatching(/^put failed \(ProvisionedThroughput/)]);
    proxy.intercept = undefined;
  });

  it('whose answer was lost are sent again, under versions that nobody has seen', async () => {
    const { cache } = await start();
    proxy.intercept = () => (proxy.count('BatchWriteItem') === 1 ? 'lost-response' : 'pass');
    expect(await cache.setMany(values(3, 'again'))).toBe(true);
    proxy.intercept = undefined;
    const versions = proxy.recorded
      .map(
        ({ body }) =>
          (body as { RequestItems: Record<string, { PutRequest: { Item: Item } }[]> }).RequestItems,
      )
      .flatMap((requests) => requests[table]!.map(({ PutRequest }) => PutRequest.Item.ver?.S));
    expect(new Set(versions).size).toBe(6);
    expect(await cache.get('put:k2')).toBe('again k2');
  });
});

describe('an answer that leaves keys out', () => {
  /** Answers two keys a request; when it is told so, nothing any more once it has answered four of ten. */
  const reluctant = (isEndless: boolean) =>
    recordingClient(testClient(), async (one, send) => {
      const asked = (one.input.RequestItems as Record<string, { Keys: Item[] }> | undefined)?.[table];
      if (one.command !== 'BatchGetItem' || !asked) return send(one.input);
      const isStuck = isEndless && asked.Keys.length <= 6 && asked.Keys.at(-1)?.pk?.S?.endsWith('k9');
      const Keys = isStuck ? [] : asked.Keys.slice(0, 2);
      const left = asked.Keys.slice(Keys.length);
      const answer = Keys.length > 0 ? await send({ RequestItems: { [table]: { ...asked, Keys } } }) : {};
      return {
        ...answer,
        ...(left.length > 0 && { UnprocessedKeys: { [table]: { ...asked, Keys: left } } }),
      };
    });

  beforeAll(async () => {
    const store = new DynamoStore({ table, client: testClient() });
    await Promise.all([0, 1, 3, 8].map((i) => store.put(`k${i}`, textEntry(`${i}`), call())));
  });

  it('is asked again for these and no others, until all are told', async () => {
    const { client, sent } = reluctant(false);
    const told = new Map<string, string>();
    const store = new DynamoStore({ table, client });
    const found = await store.read(keys(10), call(), (key, { state }) => void told.set(key, state));
    expect(sent.map(keysIn)).toEqual([0, 2, 4, 6, 8].map((from) => keys(10).slice(from)));
    const states = keys(10).map((key) => (['k0', 'k1', 'k3', 'k8'].includes(key) ? 'entry' : 'empty'));
    expect([...found.values()].map(({ state }) => state)).toEqual(states);
    expect([...told.values()]).toEqual(states);
  });

  it('has told what it answered when time runs out', async () => {
    const { client } = reluctant(true);
    const told: string[] = [];
    const store = new DynamoStore({ table, client });
    const budget = new AbortController();
    const reading = store.read(keys(10), { signal: budget.signal }, (key) => {
      if (told.push(key) === 4) setTimeout(() => budget.abort(new Error('time is up')), 20);
    });
    await expect(reading).rejects.toThrow();
    expect(told).toEqual(['k0', 'k1', 'k2', 'k3']);
  });

  it('serves the callers whose keys it had', async () => {
    const { cache: other } = await start();
    await other.setMany(keys(4).map((key) => [`own:${key}`, `kept ${key}`]));
    const { client } = reluctant(true);
    const cache = createDynamoCache({ table, client, timeout: '1500ms', logger: new Lines() });
    await cache.get('the mark of the namespace is remembered now');
    const asked = keys(10).map((key) => `own:${key}`);
    const found = await Promise.all(asked.map((key) => cache.getOrLoad(key, () => `loaded ${key}`)));
    expect(found.slice(0, 4)).toEqual(keys(4).map((key) => `kept ${key}`));
    expect(found.slice(4)).toEqual(asked.slice(4).map((key) => `loaded ${key}`));
    expect(cache.stats()).toMatchObject({ hits: 4, loads: 6, store: { failures: 1 } });
    await cache.close();
  });
});
