/** Evictions whose requests or answers are lost at the worst moment, step by step. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDynamoCache, type DynamoCache, EvictionLostError } from '../../../lib/core';
import { dynamodbEndpoint, freshTable } from '../../support/dynamodb';
import { FaultyProxy } from '../../support/faulty-proxy';

let proxy: FaultyProxy;
let table: string;
let unlucky: DynamoCache;
let reader: DynamoCache;
let evictor: DynamoCache;
let caches: DynamoCache[];

beforeEach(async () => {
  [proxy, table] = await Promise.all([FaultyProxy.start(dynamodbEndpoint), freshTable()]);
  const logger = { warn: () => undefined, error: () => undefined };
  const options = { table, consistentRead: true, strict: true, timeout: '10s', logger } as const;
  const over = (endpoint: string) => createDynamoCache({ ...options, client: { endpoint } });
  caches = [over(proxy.endpoint), over(dynamodbEndpoint), over(dynamodbEndpoint)];
  [unlucky, reader, evictor] = caches as [DynamoCache, DynamoCache, DynamoCache];
});
afterEach(async () => {
  await Promise.all(caches.map((cache) => cache.close()));
  await proxy.close();
});

/** Evicts through the proxy; resolves after the first attempt, to what lets the second one pass. */
async function losesItsAnswer(evict: () => Promise<unknown>): Promise<() => Promise<unknown>> {
  let attempts = 0;
  let pass!: () => void;
  const passed = new Promise<void>((resolve) => (pass = resolve));
  const repeated = new Promise<void>((resolve) => {
    proxy.intercept = async ({ operation }) => {
      if (operation !== 'PutItem' || ++attempts > 2) return undefined;
      if (attempts === 1) return 'lost-response';
      resolve();
      await passed;
      return undefined;
    };
  });
  const evicted = evict();
  await repeated;
  return async () => {
    pass();
    return evicted;
  };
}

// The answer is lost, so it is sent again, and meanwhile another process has evicted, too. What the first attempt wrote
// must not come back to life with the second.
describe('an eviction that is sent twice', () => {
  // What the first attempt replaced was in the answer that is lost.
  it('evicts, and says that there was no value', async () => {
    await reader.set('menu', 'old');
    const repeat = await losesItsAnswer(() => unlucky.delete('menu'));
    expect(await reader.get('menu')).toBeUndefined();
    expect(await repeat()).toBe(false);
    expect(await reader.get('menu')).toBeUndefined();
  });

  it('does not make valid again what another eviction of the tag has overtaken', async () => {
    const repeat = await losesItsAnswer(() => unlucky.evictTags('red'));
    await reader.getOrLoad('menu', () => 'old', { tags: ['red'] });
    await evictor.evictTags('red');
    await repeat();
    expect(await reader.get('menu')).toBeUndefined();
  });

  it('does not let a load fill that another eviction of the key has overtaken', async () => {
    const repeat = await losesItsAnswer(() => unlucky.delete('menu'));
    let load!: (value: string) => void;
    let begun!: () => void;
    const hasBegun = new Promise<void>((resolve) => (begun = resolve));
    const loaded = reader.getOrLoad('menu', () => {
      begun();
      return new Promise<string>((resolve) => (load = resolve));
    });
    await hasBegun;
    await evictor.delete('menu');
    await repeat();
    load('old');
    await loaded;
    expect(await evictor.get('menu')).toBeUndefined();
  });
});

describe('an eviction that is lost', () => {
  it('stays on its way when an earlier one of the same key is acknowledged late', async () => {
    let evictions = 0;
    proxy.intercept = ({ operation }) =>
      operation === 'PutItem' ? (['slow-headers', 'status-500'] as const)[evictions++] : undefined;
    proxy.delayMs = 400;
    const earlier = unlucky.delete('menu');
    // It stands in the table now, though its answer is late: what is loaded from here on is filled.
    await sleep(100);
    await reader.getOrLoad('menu', () => 'old');
    await expect(unlucky.delete('menu')).rejects.toThrow(EvictionLostError);
    await earlier;
    expect(await unlucky.get('menu')).toBeUndefined();
    await expect.poll(() => evictor.get('menu'), { timeout: 5_000 }).toBeUndefined();
  });
});
