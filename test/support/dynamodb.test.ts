import { DescribeTableCommand, ListTablesCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { runCleanups } from './after-file';
import { createTable, dropTable, freshTable, rawItem, scanAll, testClient } from './dynamodb';

const client = testClient();

describe('tables for tests', () => {
  it('have a partition key of their own and are ready', async () => {
    const [one, other] = [await freshTable(), await freshTable()];
    expect(one).not.toBe(other);

    const { Table } = await client.send(new DescribeTableCommand({ TableName: one }));
    expect(Table?.TableStatus).toBe('ACTIVE');
    expect(Table?.KeySchema).toEqual([{ AttributeName: 'pk', KeyType: 'HASH' }]);
  });

  it('take other key names and a sort key', async () => {
    const table = await freshTable({ partitionKey: 'id', sortKey: 'range' });

    const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
    expect(Table?.KeySchema).toEqual([
      { AttributeName: 'id', KeyType: 'HASH' },
      { AttributeName: 'range', KeyType: 'RANGE' },
    ]);
  });

  it('show their items', async () => {
    const table = await freshTable();
    const item = { pk: { S: 'a' }, n: { N: '1' } };
    await client.send(new PutItemCommand({ TableName: table, Item: item }));

    expect(await rawItem(table, 'a')).toEqual(item);
    expect(await rawItem(table, 'b')).toBeUndefined();
    expect(await scanAll(table)).toEqual([item]);
  });

  it('are dropped, once, when the file is over', async () => {
    const table = await freshTable();
    await dropTable(table);
    const kept = await createTable();
    const gone = await freshTable();

    await runCleanups();

    const { TableNames } = await client.send(new ListTablesCommand({}));
    expect(TableNames).toContain(kept);
    expect(TableNames).not.toContain(gone);
    await dropTable(kept);
  });
});
