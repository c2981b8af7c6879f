import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { DynamoStore, type DynamoCacheOptions } from '../../lib/core';
import { Addresses } from '../../lib/key/addresses';
import { newTombstone } from '../../lib/tiers/entry';
import { type Item, freshTable, scanAll, testClient } from '../support/dynamodb';
import { call, entryOf, textEntry } from './entries';
import { recordingClient } from './recording-client';

const client = testClient();
const tombstone = () => newTombstone(Date.now());
const shop = new Addresses('shop');
const everything = shop.startingWith('');
const at = (keys: readonly string[]) => keys.map((key) => shop.entry(key));

function storeOf(table: string, options: DynamoCacheOptions = {}): DynamoStore {
  return new DynamoStore({ table, client, ...options });
}

async function putRaw(table: string, item: Item): Promise<void> {
  await client.send(new PutItemCommand({ TableName: table, Item: item }));
}

async function itemsByKey(table: string): Promise<Map<string | undefined, Item>> {
  const items = await scanAll(table);
  return new Map(items.map((item) => [item.pk?.S, item]));
}

/** The keys whose items are not what they were. */
async function changedSince(before: Map<string | undefined, Item>, table: string): Promise<unknown[]> {
  const after = await itemsByKey(table);
  const text = (item: Item | undefined) =>
    JSON.stringify(Object.entries(item ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)));
  return [...before.keys()].filter((pk) => text(before.get(pk)) !== text(after.get(pk))).sort();
}

describe('evictAll', () => {
  it('goes through every page of the table', async () => {
    const table = await freshTable();
    const { client: recording, sent, commands } = recordingClient();
    const store = storeOf(table, { client: recording });
    const keys = at(Array.from({ length: 26 }, (_, i) => `k${i}`));
    await Promise.all(keys.map((key) => store.put(key, entryOf(new Uint8Array(100_000)), call())));

    await store.evictAll(everything, tombstone);

    const found = await store.read(keys, call());
    expect([...found.values()].map(({ state }) => state)).toEqual(Array(26).fill('empty'));
    expect(commands().filter((command) => command === 'Scan').length).toBeGreaterThanOrEqual(3);
    for (const { command, input } of sent)
      if (command === 'Scan') expect(input).toMatchObject({ ConsistentRead: true });
  });

  it('touches its own namespace and version only, and no item of anybody else', async () => {
    const table = await freshTable();
    const neighbours = [
      new Addresses('shop2'),
      new Addresses('sho'),
      new Addresses('shop', '2'),
      new Addresses('shop', '22'),
    ];
    const store = storeOf(table);
    for (const neighbour of neighbours) await store.put(neighbour.entry('a'), textEntry('kept'), call());
    await store.evict(shop.stamp('*'), newTombstone(1_000), call());
    await putRaw(table, { pk: { S: 'shop' }, v: { B: Uint8Array.of(1) }, ver: { S: 'x' } });
    await putRaw(table, { pk: { S: 'order#7' }, total: { N: '12.50' }, v: { B: Uint8Array.of(1) } });
    await putRaw(table, { pk: { S: 'shop#of-others' }, total: { N: '12.50' } });
    await putRaw(table, { pk: { S: 'shop#their-v' }, v: { S: 'text' }, ver: { S: '3' } });
    await putRaw(table, { pk: { S: 'shop#their-ver' }, v: { B: Uint8Array.of(1) }, ver: { N: '3' } });
    await store.evict(shop.entry('gone'), newTombstone(1_000), call());
    const own = at(['a', 'x'.repeat(600)]);
    await Promise.all(own.map((address) => store.put(address, textEntry('1'), call())));
    const before = await itemsByKey(table);

    await store.evictAll(everything, tombstone);

    const changed = await changedSince(before, table);
    expect(changed).toEqual(['shop#a', expect.stringMatching(/^shop#~sha256:/)]);
  });

  it('touches the items of its sort key only', async () => {
    const table = await freshTable({ sortKey: 'sk' });
    const store = storeOf(table, { layout: { sortKey: 'sk' } });
    await store.put(shop.entry('a'), textEntry('1'), call());
    const foreign = { pk: { S: 'shop#a' }, sk: { S: 'order' }, v: { B: Uint8Array.of(1) }, ver: { S: '1' } };
    await putRaw(table, foreign);

    await store.evictAll(everything, tombstone);

    expect(await scanAll(table)).toEqual(
      expect.arrayContaining([expect.objectContaining(foreign), expect.not.objectContaining({ v: {} })]),
    );
    expect((await store.read(at(['a']), call())).get(shop.entry('a'))?.state).toBe('empty');
  });

  it.each<[string, string[]]>([
    ['a:', ['a:', 'a:1']],
    ['a', ['a', 'a#', 'a#b', 'a:', 'a:1']],
    ['a#', ['a#', 'a#b']],
    ['~', ['~', '~a', '~sha256:0', '~~', '~~a']],
    ['~~', ['~~', '~~a']],
    ['~sha256', ['~sha256:0']],
    ['é', ['é1']],
    ['b', []],
  ])('of the prefix %j evicts %j and what only a digest is kept of', async (prefix, expected) => {
    const table = await freshTable();
    const store = storeOf(table);
    const keys = [
      '',
      'a',
      'a#',
      'a#b',
      'a:',
      'a:1',
      'A',
      '~',
      '~a',
      '~~',
      '~~a',
      '~sha256:0',
      'é1',
      'e\u0301',
    ];
    const long = 'z'.repeat(600);
    const addresses = at([...keys, long]);
    await Promise.all(addresses.map((address) => store.put(address, textEntry(address), call())));

    await store.evictAll(shop.startingWith(prefix), tombstone);

    const found = await store.read(addresses, call());
    const evicted = keys.filter((key) => found.get(shop.entry(key))?.state === 'empty');
    expect(evicted.sort()).toEqual([...expected].sort());
    expect(found.get(shop.entry(long))?.state).toBe('empty');
  });
});
