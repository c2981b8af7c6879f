// Start-up sends nothing unless asked to create the table; and then a DynamoDB that is away does not keep it from starting.
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { DescribeTableCommand, DescribeTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { Test } from '@nestjs/testing';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  DynamoCache,
  DynamoCacheModule,
  type DynamoCacheOptions,
  TableSchemaError,
  createDynamoCache,
} from '../../lib';
import { afterFile } from '../support/after-file';
import { dropTable, dynamodbEndpoint, dynamodbEngine, freshTable, testClient } from '../support/dynamodb';
import { FaultyProxy } from '../support/faulty-proxy';
import { Log, rejectionOf, started } from './application';

const client = testClient();
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
let proxy: FaultyProxy;

beforeAll(async () => {
  proxy = await FaultyProxy.start(dynamodbEndpoint);
  afterFile(() => proxy.close());
  afterFile(async () => {
    client.destroy();
    return Promise.resolve();
  });
});
beforeEach(async () => {
  proxy.mode = 'pass';
  await proxy.ready();
  proxy.reset();
});

function start(options: DynamoCacheOptions) {
  const throughProxy = { endpoint: proxy.endpoint, region: 'us-east-1', credentials };
  const imports = [DynamoCacheModule.forRoot({ client: throughProxy, logger: new Log(), ...options })];
  return started(Test.createTestingModule({ imports }));
}

function newTable(): string {
  const table = `test-${randomUUID()}`;
  afterFile(() => dropTable(table));
  return table;
}

describe('without createTable', () => {
  it('start-up sends nothing', async () => {
    const module = await start({ table: 'not-there' });
    await new Promise(setImmediate);
    expect([proxy.count(), proxy.connections]).toEqual([0, 0]);
    await module.close();
    expect(proxy.count()).toBe(0);
  });

  it('the application starts while DynamoDB cannot be reached, and calls are served', async () => {
    proxy.mode = 'refuse';
    await proxy.ready();
    const logger = new Log();
    const module = await start({ table: 'not-there', logger });
    expect(logger).toEqual({ warnings: [], errors: [] });
    expect(await module.get(DynamoCache).getOrLoad('key', () => 'loaded')).toBe('loaded');
  });

  it('createDynamoCache sends nothing either', async () => {
    const cache = createDynamoCache({
      table: 'not-there',
      client: { endpoint: proxy.endpoint, credentials },
    });
    await cache.close();
    expect(proxy.connections).toBe(0);
  });
});

describe('createTable', () => {
  it('creates the table on demand, with its TTL on', async () => {
    const table = newTable();
    const module = await start({ table, createTable: true });

    const { Table: description } = await client.send(new DescribeTableCommand({ TableName: table }));
    expect(description).toMatchObject({
      TableStatus: 'ACTIVE',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
    });
    expect(await module.get(DynamoCache).set('key', 'value')).toBe(true);
    if (dynamodbEngine === 'dynalite') return;
    const { TimeToLiveDescription: ttl } = await client.send(
      new DescribeTimeToLiveCommand({ TableName: table }),
    );
    expect(ttl).toMatchObject({ AttributeName: 'ttl' });
    expect(ttl?.TimeToLiveStatus).toMatch(/ENABL/);
  });

  it('creates what the layout says', async () => {
    const table = newTable();
    await start({
      table,
      createTable: true,
      layout: { partitionKey: 'id', sortKey: 'kind', ttl: 'expires' },
    });
    const { Table: description } = await client.send(new DescribeTableCommand({ TableName: table }));
    expect(description?.KeySchema).toEqual([
      { AttributeName: 'id', KeyType: 'HASH' },
      { AttributeName: 'kind', KeyType: 'RANGE' },
    ]);
  });

  it('takes a table that exists already', async () => {
    const table = await freshTable();
    const module = await start({ table, createTable: true });
    expect(proxy.count('CreateTable')).toBe(0);
    expect(await module.get(DynamoCache).set('key', 'value')).toBe(true);
  });

  it('lets two applications start at once', async () => {
    const table = newTable();
    const logger = new Log();
    const modules = await Promise.all([1, 2].map(() => start({ table, createTable: true, logger })));
    for (const module of modules) expect(await module.get(DynamoCache).set('key', 'value')).toBe(true);
    expect(logger.errors).toEqual([]);
  });

  it('a table of another shape is an error at start-up, which says what to write', async () => {
    const table = await freshTable({ partitionKey: 'id' });
    const error = await rejectionOf(start({ table, createTable: true }));
    expect(error).toBeInstanceOf(TableSchemaError);
    expect(error.message).toContain(`The table ${table} cannot hold the cache`);
    expect(error.message).toMatch(
      /its keys are id.*pk.*Name them in the "layout" option, or use another table/,
    );
  });

  it.each(['refuse', 'status-500', 'access-denied'] as const)(
    '%s: the application starts, and says what was not done',
    async (mode) => {
      proxy.mode = mode;
      await proxy.ready();
      const logger = new Log();
      const module = await start({ table: newTable(), createTable: true, logger });
      expect(logger.errors).toEqual([expect.stringMatching(/^The table was not prepared: ./)]);
      expect(await module.get(DynamoCache).getOrLoad('key', () => 'loaded')).toBe('loaded');
    },
  );
});
