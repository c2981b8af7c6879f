// docs/tables.md: its commands create tables, on which the store keeps its contract and the snippets run.
import { randomUUID } from 'node:crypto';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  GetItemCommand,
  PutItemCommand,
  UpdateTimeToLiveCommand,
  type UpdateTimeToLiveCommandInput,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import {
  Addresses,
  type DynamoCache,
  type DynamoCacheOptions,
  DynamoStore,
  type LayoutPreset,
  createDynamoCache as create,
} from 'nestjs-dynamo-cache/core';
import { storeContract } from 'nestjs-dynamo-cache/testing';
import { describe, expect, it } from 'vitest';
import { afterFile } from '../support/after-file';
import { type Item, dropTable, scanAll, testClient } from '../support/dynamodb';
import { codeBlocksOf } from './markdown';
import { type AwsCommand, awsCommandsOf } from './readme-table';

const client = testClient();
const commands = codeBlocksOf('docs/tables.md', 'sh').map(({ code }) => awsCommandsOf(code));

interface Documented {
  readonly name: string;
  readonly layout: LayoutPreset;
  /** The names of the partition key, the value and the TTL attribute. */
  readonly names: readonly [string, string, string];
  readonly rest?: Item;
}

const TABLES: readonly Documented[] = [
  { name: 'app-prod', layout: 'pk/sk/ttl', names: ['pk', 'v', 'ttl'], rest: { sk: { S: 'entry' } } },
  {
    name: 'cached-values',
    layout: 'id/cached_value/expires_at',
    names: ['id', 'cached_value', 'expires_at'],
  },
  { name: 'key-values', layout: 'key/value/ttl', names: ['key', 'value', 'ttl'] },
];

function commandOf(table: string, name: string): Record<string, unknown> {
  const found = commands
    .flat()
    .find((command: AwsCommand) => command.name === name && command.input.TableName === table);
  if (!found) throw new Error(`docs/tables.md has no command ${name} for ${table}`);
  return found.input;
}

/** The table of its author, under another name; dropped when the file is over. */
async function tableOf(documented: string): Promise<string> {
  const TableName = `test-${randomUUID()}`;
  const input = { ...commandOf(documented, 'create-table'), TableName } as unknown as CreateTableCommandInput;
  await client.send(new CreateTableCommand(input));
  afterFile(() => dropTable(TableName));
  await waitUntilTableExists({ client, minDelay: 0.05, maxDelay: 0.5, maxWaitTime: 20 }, { TableName });
  const ttl = {
    ...commandOf(documented, 'update-time-to-live'),
    TableName,
  } as unknown as UpdateTimeToLiveCommandInput;
  await client.send(new UpdateTimeToLiveCommand(ttl));
  return TableName;
}

/** `createDynamoCache` as the snippets call it, on the table of the same name that `tables` holds. */
function creating(tables: Readonly<Record<string, string>>): (options: DynamoCacheOptions) => DynamoCache {
  return ({ table = '', ...options }) => {
    const cache = create({ ...options, table: tables[table] ?? '', client: testClient(), timeout: '15s' });
    afterFile(() => cache.close());
    return cache;
  };
}

async function keySchemaOf(TableName: string): Promise<unknown> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  return Table?.KeySchema;
}

describe.each(TABLES)('the table $name', ({ name, layout, names, rest }) => {
  for (const codec of ['structured', 'json'] as const) {
    const contract = storeContract(async () => {
      const table = await tableOf(name);
      const store = new DynamoStore({ table, client: testClient(), layout, codec });
      return { store, dispose: () => dropTable(table) };
    });
    describe(`with the codec '${codec}'`, () => {
      for (const { name: behaviour, run } of contract) it(behaviour, run);
    });
  }

  it('is what `createTable` finds fit, and makes', async () => {
    const [theirs, ours] = [await tableOf(name), `test-${randomUUID()}`];
    for (const table of [theirs, ours]) {
      const cache = create({ table, client: testClient(), layout, createTable: true });
      afterFile(() => dropTable(table));
      await cache.prepare();
      await cache.close();
    }
    expect(await keySchemaOf(ours)).toEqual(await keySchemaOf(theirs));
  });

  it('keeps the rows that others have in it', async () => {
    const table = await tableOf(name);
    const [partitionKey, value, ttl] = names;
    const rows: Item[] = [
      { [partitionKey]: { S: 'user#7' }, ...(rest && { sk: { S: 'profile' } }), [value]: { S: 'theirs' } },
      { [partitionKey]: { S: 'cache' }, ...rest, [value]: { B: Uint8Array.of(1) }, n: { N: '1' } },
      ...(rest ? [{ [partitionKey]: { S: 'cache#menu' }, sk: { S: 'other' }, [value]: { S: '{}' } }] : []),
    ];
    for (const Item of rows) await client.send(new PutItemCommand({ TableName: table, Item }));
    for (const codec of ['structured', 'json'] as const) {
      const cache = create({ table, client: testClient(), layout, codec, timeout: '15s' });
      await cache.set('menu', { a: 1 }, { ttl: '2h' });
      expect(await cache.get('menu')).toEqual({ a: 1 });
      const Key = { [partitionKey]: { S: new Addresses('cache').entry('menu') }, ...rest };
      const { Item } = await client.send(new GetItemCommand({ TableName: table, Key }));
      expect(Item).toHaveProperty([value, codec === 'json' ? 'S' : 'B']);
      expect(Number(Item?.[ttl]?.N)).toBeGreaterThan(Date.now() / 1_000);
      await cache.clearPrefix('');
      await cache.close();
    }
    const standing = (await scanAll(table)).filter((item) => value in item);
    expect(standing).toHaveLength(rows.length);
    expect(standing).toEqual(expect.arrayContaining(rows));
  });
});

describe('the snippets', () => {
  async function roundTrip(cache: DynamoCache): Promise<void> {
    expect(await cache.set('menu', { a: [1] })).toBe(true);
    expect(await cache.get('menu')).toEqual({ a: [1] });
  }

  it('of the single table', async () => {
    const createDynamoCache = creating({ 'app-prod': await tableOf('app-prod') });
    // #region pk-sk-ttl
    const cache = createDynamoCache({ table: 'app-prod', layout: 'pk/sk/ttl' });
    // #endregion
    await roundTrip(cache);
  });

  it('of cached values', async () => {
    const createDynamoCache = creating({ 'cached-values': await tableOf('cached-values') });
    // #region id-cached-value-expires-at
    const cache = createDynamoCache({ table: 'cached-values', layout: 'id/cached_value/expires_at' });
    // #endregion
    await roundTrip(cache);
  });

  it('of keys and values', async () => {
    const createDynamoCache = creating({ 'key-values': await tableOf('key-values') });
    // #region key-value-ttl
    const cache = createDynamoCache({ table: 'key-values', layout: 'key/value/ttl' });
    // #endregion
    await roundTrip(cache);
  });

  it('of other names', async () => {
    const table = await tableOf('key-values');
    const createDynamoCache = creating({ 'laravel-cache': table });
    // #region other-names
    const cache = createDynamoCache({
      table: 'laravel-cache',
      layout: { preset: 'key/value/ttl', ttl: 'expires_at' },
    });
    // #endregion
    await roundTrip(cache);
    expect((await scanAll(table))[0]).toHaveProperty('expires_at');
  });

  it('of programs in other languages', async () => {
    const table = await tableOf('key-values');
    const createDynamoCache = creating({ 'key-values': table });
    // #region json
    const cache = createDynamoCache({
      table: 'key-values',
      layout: 'key/value/ttl',
      codec: 'json', // the value is a String that holds plain JSON
    });
    // #endregion
    await roundTrip(cache);
    expect((await scanAll(table))[0]).toMatchObject({ key: { S: 'cache#menu' }, value: { S: '{"a":[1]}' } });
    // As the program beside it writes, and reads.
    const ttl = Math.floor(Date.now() / 1_000) + 60;
    const Item: Item = { key: { S: 'cache#menu' }, value: { S: '{"a": [2]}' }, ttl: { N: String(ttl) } };
    await client.send(new PutItemCommand({ TableName: table, Item }));
    expect(await cache.get('menu')).toEqual({ a: [2] });
  });
});
