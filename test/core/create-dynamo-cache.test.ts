// The whole surface of a cache without Nest, as DESIGN's example uses it.
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DynamoCache, createDynamoCache } from '../../lib/core';
import { dynamodbEndpoint, freshTable } from '../support/dynamodb';
import { Log } from '../module/application';

const client = {
  endpoint: dynamodbEndpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
};
let table: string;
let cache: DynamoCache;

beforeAll(async () => {
  table = await freshTable();
});
beforeEach(() => {
  cache = createDynamoCache({ table, client, ttl: '10m', logger: new Log() });
});
afterEach(() => cache.close());

describe('createDynamoCache', () => {
  it('loads once, and evicts', async () => {
    const load = () => ({ dish: 'soup' });
    expect(await cache.getOrLoad('menu:7', load, { ttl: '1h' })).toEqual({ dish: 'soup' });
    expect(await cache.getOrLoad('menu:7', () => ({ dish: 'rice' }))).toEqual({ dish: 'soup' });
    expect(await cache.delete('menu:7')).toBe(true);
    expect(await cache.get('menu:7')).toBeUndefined();
  });

  it('memoizes functions, by a name of their own in this cache', async () => {
    let loads = 0;
    const summary = async (id: string) => Promise.resolve(`${id} ${++loads}`);
    const summaryMemo = cache.memoize(summary, { name: 'summary', ttl: '10m' });
    expect([await summaryMemo('7'), await summaryMemo('7')]).toEqual(['7 1', '7 1']);
    expect(() => cache.memoize(() => 1, { name: 'summary' })).toThrow(
      'is the name of another cached function',
    );
  });

  it('clears its namespace, and no other', async () => {
    const other = createDynamoCache({ table, client, namespace: 'other' });
    await cache.set('key', 1);
    await other.set('key', 2);
    await cache.clear();
    expect([await cache.get('key'), await other.get('key')]).toEqual([undefined, 2]);
    await other.close();
  });

  it('sets values of another version apart', async () => {
    const second = createDynamoCache({ table, client, version: '2' });
    await cache.set('key', 1);
    expect(await second.get('key')).toBeUndefined();
    await second.close();
  });

  it('keeps classes that it knows, with their prototype', async () => {
    class User {
      constructor(readonly name: string) {}
    }
    const typed = createDynamoCache({ table, client, types: [User] });
    await typed.set('user', new User('anna'));
    expect(await typed.get('user')).toBeInstanceOf(User);
    await typed.close();
  });
});
