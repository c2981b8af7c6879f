import { beforeAll, describe, expect, it } from 'vitest';
import { DynamoStore } from '../../lib/core/dynamo-store';
import { Addresses } from '../../lib/key/addresses';
import { InMemoryStore } from '../../lib/testing';
import { newTombstone } from '../../lib/tiers/entry';
import { freshTable, rawItem, testClient } from '../support/dynamodb';
import { call, entryOf, textEntry } from './entries';

const client = testClient();
let table: string;
beforeAll(async () => {
  table = await freshTable();
});

describe('the largest value of one item', () => {
  it('is close to 390 KB, fits, and comes back whole', async () => {
    const store = new DynamoStore({ table, client, maxChunks: 1 });
    const limit = store.maxBytes('large');
    expect([limit > 389 * 1_024, limit < 390 * 1_024]).toEqual([true, true]);
    const bytes = new Uint8Array(limit).map((_, i) => i % 251);
    await store.put('large', entryOf(bytes), call());
    const stored = (await store.read(['large'], call())).get('large');
    expect(stored?.state === 'entry' && Buffer.from(stored.entry.bytes).equals(bytes)).toBe(true);
  });

  it('takes the longest key and names into account', () => {
    const layout = { partitionKey: 'p'.repeat(255), value: 'w'.repeat(255), ttl: 't'.repeat(255) };
    const longest = new Addresses('n'.repeat(255), 'v'.repeat(64)).entry('k'.repeat(512));
    const spent =
      new DynamoStore({ table, maxChunks: 1 }).maxBytes(new Addresses('cache').entry('')) -
      new DynamoStore({ table, layout, maxChunks: 1 }).maxBytes(longest);
    expect(spent).toBeGreaterThanOrEqual(512 + 250 + 65 + 3 * 250);
  });

  it('stands behind Keyv, and a byte more evicts what it was to replace', async () => {
    const store = new DynamoStore({ table, client, maxChunks: 1, compress: false, timeout: '15s' });
    // One byte says that it is Keyv's text.
    const text = 'x'.repeat(store.maxBytes('cache#edge') - 1);
    expect(await store.set('edge', text)).toBe(true);
    expect(await store.get('edge')).toBe(text);
    expect(await store.set('edge', `${text}x`)).toBe(false);
    expect(await store.get('edge')).toBeUndefined();
    expect(await rawItem(table, 'cache#edge')).not.toHaveProperty('v');
  });

  it('is the same in memory, so that tests tell the truth', () => {
    const store = new DynamoStore({ table });
    for (const key of ['', 'a', '~', 'é'.repeat(200), 'x'.repeat(5_000)]) {
      const address = new Addresses('cache').entry(key);
      expect(new InMemoryStore().maxBytes(address)).toBe(store.maxBytes(address));
    }
  });
});

describe('the longest key', () => {
  it.each<[string, string]>([
    ['512 bytes', 'k'.repeat(512)],
    ['512 bytes with a ~ in front', `~${'k'.repeat(511)}`],
    ['513 bytes', 'k'.repeat(513)],
    ['100,000 characters', 'é'.repeat(100_000)],
  ])('fits behind the longest namespace and version: %s', async (_what, key) => {
    const store = new DynamoStore({ table, client });
    const longest = new Addresses('n'.repeat(255), 'v'.repeat(64));
    for (const address of [longest.entry(key), longest.stamp(`t:${key}`), longest.lease(key)]) {
      await store.put(address, textEntry('1'), call());
      expect((await store.read([address], call())).get(address)?.state).toBe('entry');
      expect(await store.evict(address, newTombstone(Date.now()), call())).toBe(true);
    }
  });
});
