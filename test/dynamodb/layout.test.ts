import { describe, expect, it } from 'vitest';
import { DynamoStore } from '../../lib/core/dynamo-store';
import { resolveLayout, type TableLayout } from '../../lib/dynamodb/layout';
import { InvalidOptionsError } from '../../lib/invalid-options-error';
import { newTombstone } from '../../lib/tiers/entry';
import { freshTable, scanAll, testClient } from '../support/dynamodb';
import { call, textEntry } from './entries';

describe('the layout of a table', () => {
  it('has names of its own for the four attributes', async () => {
    const table = await freshTable({ partitionKey: 'id', sortKey: 'kind' });
    const layout = { partitionKey: 'id', sortKey: 'kind', value: 'payload', ttl: 'expires' };
    const store = new DynamoStore({ table, client: testClient(), layout });

    await store.put('a', textEntry('1'), call());
    await store.evict('b', newTombstone(Date.now()), call());

    const items = await scanAll(table);
    expect(items.map((item) => Object.keys(item).sort())).toEqual(
      expect.arrayContaining([
        ['at', 'end', 'expires', 'fresh', 'id', 'kind', 'payload', 'ver'],
        ['at', 'end', 'expires', 'id', 'kind', 'ver'],
      ]),
    );
    expect(items.map((item) => item.kind)).toEqual([{ S: 'entry' }, { S: 'entry' }]);
    expect((await store.read(['a'], call())).get('a')?.state).toBe('entry');
  });

  it('has no sort key unless one is named', async () => {
    const table = await freshTable();
    await new DynamoStore({ table, client: testClient() }).put('a', textEntry('1'), call());
    expect((await scanAll(table)).map((item) => Object.keys(item).sort())).toEqual([
      ['at', 'end', 'fresh', 'pk', 'ttl', 'v', 'ver'],
    ]);
  });

  it('takes the default for a name that is undefined', () => {
    const layout = { partitionKey: undefined, ttl: undefined, sortKey: undefined } as unknown as TableLayout;
    expect(resolveLayout(layout)).toEqual(resolveLayout());
    expect(resolveLayout()).toMatchObject({ partitionKey: 'pk', sortKey: undefined, value: 'v', ttl: 'ttl' });
  });

  it.each<[string, object, string]>([
    ['two attributes of one name', { partitionKey: 'id', value: 'id' }, 'layout.value'],
    ['a default that is taken', { value: 'pk' }, 'layout.value'],
    ['the sort key of the partition key', { sortKey: 'pk' }, 'layout.sortKey'],
    ['a fixed name', { ttl: 'end' }, 'layout.ttl'],
    ['the name of what only a later release writes', { value: 'stamps' }, 'layout.value'],
    ['an empty name', { ttl: '' }, 'layout.ttl'],
    ['a name over 255 bytes', { ttl: 'é'.repeat(128) }, 'layout.ttl'],
    ['a name that is no text', { sortKey: 5 }, 'layout.sortKey'],
    ['an attribute that does not exist', { sortkey: 'sk' }, 'layout.sortkey'],
  ])('refuses %s', (_what, layout, option) => {
    const make = () => new DynamoStore({ table: 'cache', layout });
    expect(make).toThrow(InvalidOptionsError);
    expect(make).toThrow(expect.objectContaining({ option }));
  });
});
