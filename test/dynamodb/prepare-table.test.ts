import { randomUUID } from 'node:crypto';
import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { DynamoStore, type DynamoCacheOptions } from '../../lib/core';
import { TableSchemaError } from '../../lib/dynamodb/table-schema-error';
import { afterFile } from '../support/after-file';
import { dropTable, freshTable, testClient } from '../support/dynamodb';
import { call, textEntry } from './entries';
import { recordingClient } from './recording-client';

const client = testClient();

function newName(): string {
  const name = `test-${randomUUID()}`;
  afterFile(() => dropTable(name));
  return name;
}

function storeOf(table: string, options: DynamoCacheOptions = {}): DynamoStore {
  return new DynamoStore({ table, client, createTable: true, ...options });
}

async function ttlOf(TableName: string) {
  const { TimeToLiveDescription: ttl } = await client.send(new DescribeTimeToLiveCommand({ TableName }));
  return [ttl?.TimeToLiveStatus, ttl?.AttributeName];
}

function named(name: string, message = name): Error {
  return Object.assign(new Error(message), { name });
}

describe('createTable', () => {
  it('creates the table, paid per request and with TTL, and waits for it', async () => {
    const table = newName();
    await storeOf(table).prepare();

    const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
    expect(Table).toMatchObject({
      TableStatus: 'ACTIVE',
      BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    });
    expect(await ttlOf(table)).toEqual([expect.stringMatching(/^ENABL/), 'ttl']);
    await storeOf(table).put('a', textEntry('1'), call());
  });

  it('creates it by the layout', async () => {
    const table = newName();
    const layout = { partitionKey: 'id', sortKey: 'kind', ttl: 'expires' };
    await storeOf(table, { layout }).prepare();

    const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
    expect(Table?.KeySchema).toEqual([
      { AttributeName: 'id', KeyType: 'HASH' },
      { AttributeName: 'kind', KeyType: 'RANGE' },
    ]);
    expect(await ttlOf(table)).toEqual([expect.stringMatching(/^ENABL/), 'expires']);
  });

  it('sends nothing unless it is asked for', async () => {
    const recorded = recordingClient();
    await new DynamoStore({ table: 'nowhere', client: recorded.client }).prepare();
    expect(recorded.sent).toEqual([]);
  });

  it('leaves a table that is ready as it is', async () => {
    const table = newName();
    await storeOf(table).prepare();
    const recorded = recordingClient();
    await storeOf(table, { client: recorded.client }).prepare();
    expect(recorded.commands()).toEqual(['DescribeTable', 'DescribeTimeToLive']);
  });

  it('switches TTL on in a table that has none', async () => {
    const table = await freshTable();
    await storeOf(table).prepare();
    expect(await ttlOf(table)).toEqual([expect.stringMatching(/^ENABL/), 'ttl']);
  });

  it('succeeds in every process of a deployment', async () => {
    const table = newName();
    await Promise.all(Array.from({ length: 6 }, () => storeOf(table).prepare()));
    await storeOf(table).put('a', textEntry('1'), call());
  });

  it('succeeds when others create the table and its TTL between looking and acting', async () => {
    const table = newName();
    const first = { CreateTable: true, UpdateTimeToLive: true } as Record<string, boolean>;
    const { client: late, commands } = recordingClient(testClient(), async ({ command, input }, send) => {
      if (first[command]) {
        first[command] = false;
        await send(input);
        if (command === 'UpdateTimeToLive')
          throw named('ValidationException', 'TimeToLive is already enabled');
      }
      return send(input);
    });
    await storeOf(table, { client: late }).prepare();
    expect(commands()).toContain('UpdateTimeToLive');
    expect(await ttlOf(table)).toEqual([expect.stringMatching(/^ENABL/), 'ttl']);
  });

  it('says so when TTL cannot be switched on', async () => {
    const table = newName();
    const { client: refusing } = recordingClient(testClient(), ({ command, input }, send) =>
      command === 'UpdateTimeToLive'
        ? Promise.reject(named('ValidationException', 'modified multiple times within a fixed interval'))
        : send(input),
    );
    await expect(storeOf(table, { client: refusing }).prepare()).rejects.toThrow(/fixed interval/);
  });

  it('waits while the table is being created, and while it is not visible yet', async () => {
    const table = newName();
    const states = ['CREATING', undefined, 'CREATING'];
    const { client: slow, commands } = recordingClient(testClient(), async ({ command, input }, send) => {
      const answer = await send(input);
      if (command === 'CreateTable') return { TableDescription: { TableStatus: 'CREATING' } };
      if (command !== 'DescribeTable' || states.length === 0) return answer;
      const TableStatus = states.shift();
      if (TableStatus === undefined) throw named('ResourceNotFoundException');
      return { Table: { TableStatus } };
    });
    await storeOf(table, { client: slow }).prepare();
    expect(states).toEqual([]);
    expect(commands().at(-1)).toBe('UpdateTimeToLive');
  });

  it('does not wait for an update of a table that can be used', async () => {
    const table = await freshTable();
    const { client: updating } = recordingClient(testClient(), async ({ command, input }, send) => {
      const answer = await send(input);
      if (command !== 'DescribeTable') return answer;
      return { Table: { ...(answer.Table as object), TableStatus: 'UPDATING' } };
    });
    await storeOf(table, { client: updating }).prepare();
  });

  it.each<[string, Parameters<typeof freshTable>[0], DynamoCacheOptions['layout'], RegExp]>([
    ['another partition key', { partitionKey: 'id' }, {}, /id \(HASH, S\).* pk \(HASH, S\)/],
    ['a sort key that the layout lacks', { sortKey: 'sk' }, {}, /sk \(RANGE, S\)/],
    ['no sort key where the layout has one', {}, { sortKey: 'sk' }, /sk \(RANGE, S\) are needed/],
  ])('refuses a table with %s', async (_what, schema, layout, message) => {
    const table = await freshTable(schema);
    const prepared = storeOf(table, { layout: layout ?? {} }).prepare();
    await expect(prepared).rejects.toThrow(TableSchemaError);
    await expect(prepared).rejects.toThrow(message);
  });

  it('refuses a table whose partition key is a number', async () => {
    const table = newName();
    await client.send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'N' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      }),
    );
    await expect(storeOf(table).prepare()).rejects.toThrow(/pk \(HASH, N\)/);
  });

  it('refuses a table with another TTL attribute', async () => {
    const table = await freshTable();
    await client.send(
      new UpdateTimeToLiveCommand({
        TableName: table,
        TimeToLiveSpecification: { AttributeName: 'expireAt', Enabled: true },
      }),
    );
    const prepared = storeOf(table).prepare();
    await expect(prepared).rejects.toThrow(TableSchemaError);
    await expect(prepared).rejects.toThrow(/"expireAt".*"ttl"/);
  });
});
