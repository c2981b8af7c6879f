import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { DynamoStore } from '../../lib/core/dynamo-store';
import { type Item, freshTable, rawItem, testClient } from '../support/dynamodb';
import { call, textEntry } from './entries';

const client = testClient();
let table: string;
let store: DynamoStore;
let keys = 0;

beforeAll(async () => {
  table = await freshTable();
  store = new DynamoStore({ table, client });
});

/** A key under which somebody else's item lies. */
async function keyOver(attributes: Item): Promise<string> {
  const key = `k${keys++}`;
  await client.send(new PutItemCommand({ TableName: table, Item: { pk: { S: key }, ...attributes } }));
  return key;
}

describe('a fill', () => {
  it.each<[string, Item]>([
    ['no version', { v: { B: Uint8Array.of(1) } }],
    ['a version that is a number', { ver: { N: '5' } }],
    ['a version that is a map', { ver: { M: {} } }],
    ['a version that is null', { ver: { NULL: true } }],
  ])('replaces an item with %s, which no reader can name', async (_what, attributes) => {
    const key = await keyOver(attributes);
    const seen = (await store.read([key], call())).get(key)?.version;
    expect(seen).toBeUndefined();
    expect(await store.fill(key, textEntry('1'), seen, call())).toMatchObject({ filled: true });
    expect((await store.read([key], call())).get(key)?.state).toBe('entry');
  });

  it('replaces a corrupt item by the version it has', async () => {
    const key = await keyOver({ ver: { S: 'standing' }, v: { S: 'text' } });
    expect(await store.fill(key, textEntry('1'), undefined, call())).toMatchObject({ filled: false });
    expect(await store.fill(key, textEntry('1'), 'other', call())).toMatchObject({ filled: false });
    expect(await store.fill(key, textEntry('1'), 'standing', call())).toMatchObject({ filled: true });
  });

  it('does not take a number for the version of the same digits', async () => {
    const key = await keyOver({ ver: { N: '5' } });
    expect(await store.fill(key, textEntry('1'), '5', call())).toMatchObject({ filled: false });
    expect(await rawItem(table, key)).toEqual({ pk: { S: key }, ver: { N: '5' } });
  });

  it('replaces the whole item', async () => {
    const key = await keyOver({ total: { N: '1' }, n: { N: '2' } });
    await store.fill(key, textEntry('1'), undefined, call());
    expect(Object.keys((await rawItem(table, key)) ?? {}).sort()).toEqual([
      'at',
      'end',
      'fresh',
      'pk',
      'ttl',
      'v',
      'ver',
    ]);
  });

  it.each(['', ' ', 'é', 'x'.repeat(1_000)])('compares the version %j as it is', async (version) => {
    const key = `v${keys++}`;
    await store.put(key, textEntry('1', { version }), call());
    expect((await store.read([key], call())).get(key)?.version).toBe(version);
    expect(await store.fill(key, textEntry('2'), version, call())).toMatchObject({ filled: true });
  });
});
