import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { DynamoStore, type DynamoCacheOptions } from '../../lib/core';
import { newTombstone } from '../../lib/tiers/entry';
import { type Item, freshTable, scanAll, testClient } from '../support/dynamodb';
import { call, entryOf, textEntry } from './entries';
import { recordingClient } from './recording-client';

const client = testClient();
const tombstone = () => newTombstone(Date.now());

function storeOf(table: string, options: DynamoCacheOptions = {}): DynamoStore {
  return new DynamoStore({ table, client, namespace: 'shop', ...options });
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
    const keys = Array.from({ length: 26 }, (_, i) => `k${i}`);
    await Promise.all(keys.map((key) => store.put(key, entryOf(new Uint8Array(100_000)), call())));

    await store.evictAll('', tombstone);

    const found = await store.read(keys, call());
    expect([...found.values()].map(({ state }) => state)).toEqual(Array(26).fill('empty'));
    expect(commands().filter((command) => command === 'Scan').length).toBeGreaterThanOrEqual(3);
    for (const { command, input } of sent)
      if (command === 'Scan') expect(input).toMatchObject({ ConsistentRead: true });
  });

  it('touches its own namespace and version only, and no item of anybody else', async () => {
    const table = await freshTable();
    const neighbours = [
      storeOf(table, { namespace: 'shop2' }),
      storeOf(table, { namespace: 'sho' }),
      storeOf(table, { version: '2' }),
      storeOf(table, { version: '22' }),
    ];
    for (const neighbour of neighbours) await neighbour.put('a', textEntry('kept'), call());
    await putRaw(table, { pk: { S: 'shop' }, v: { B: Uint8Array.of(1) }, ver: { S: 'x' } });
    await putRaw(table, { pk: { S: 'order#7' }, total: { N: '12.50' }, v: { B: Uint8Array.of(1) } });
    await putRaw(table, { pk: { S: 'shop#of-others' }, total: { N: '12.50' } });
    await putRaw(table, { pk: { S: 'shop#their-v' }, v: { S: 'text' }, ver: { S: '3' } });
    await putRaw(table, { pk: { S: 'shop#their-ver' }, v: { B: Uint8Array.of(1) }, ver: { N: '3' } });
    const store = storeOf(table);
    await store.evict('gone', newTombstone(1_000), call());
    await Promise.all(['a', 'x'.repeat(600)].map((key) => store.put(key, textEntry('1'), call())));
    const before = await itemsByKey(table);

    await store.evictAll('', tombstone);

    const changed = await changedSince(before, table);
    expect(changed).toEqual(['shop#a', expect.stringMatching(/^shop#~sha256:/)]);
  });

  it('touches the items of its sort key only', async () => {
    const table = await freshTable({ sortKey: 'sk' });
    const store = storeOf(table, { layout: { sortKey: 'sk' } });
    await store.put('a', textEntry('1'), call());
    const foreign = { pk: { S: 'shop#a' }, sk: { S: 'order' }, v: { B: Uint8Array.of(1) }, ver: { S: '1' } };
    await putRaw(table, foreign);

    await store.evictAll('', tombstone);

    expect(await scanAll(table)).toEqual(
      expect.arrayContaining([expect.objectContaining(foreign), expect.not.objectContaining({ v: {} })]),
    );
    expect((await store.read(['a'], call())).get('a')?.state).toBe('empty');
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
    await Promise.all([...keys, long].map((key) => store.put(key, textEntry(key), call())));

    await store.evictAll(prefix, tombstone);

    const found = await store.read([...keys, long], call());
    const evicted = keys.filter((key) => found.get(key)?.state === 'empty');
    expect(evicted.sort()).toEqual([...expected].sort());
    expect(found.get(long)?.state).toBe('empty');
  });
});
