/** Tables and items on the DynamoDB that the run has started (see global-setup.ts). */
import { randomUUID } from 'node:crypto';
import {
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  GetItemCommand,
  ResourceNotFoundException,
  ScanCommand,
  waitUntilTableExists,
  type AttributeValue,
  type DynamoDBClientConfig,
} from '@aws-sdk/client-dynamodb';
import { inject } from 'vitest';
import { afterFile } from './after-file';

export type Item = Record<string, AttributeValue>;

export interface TableSchema {
  /** Name of the partition key, a string. @default 'pk' */
  partitionKey?: string;
  /** Name of the sort key, a string. @default none */
  sortKey?: string;
}

/** The engine behind `testClient()`, for the tests that only one of them can pass. */
export const dynamodbEngine = inject('dynamodbEngine');
export const dynamodbEndpoint = inject('dynamodbEndpoint');

/** A client of the run's DynamoDB; `endpoint` can be overridden to put a FaultyProxy in between. */
export function testClient(overrides: DynamoDBClientConfig = {}): DynamoDBClient {
  return new DynamoDBClient({
    endpoint: dynamodbEndpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    ...overrides,
  });
}

const client = testClient();

/** Creates a table and waits until it can be used; the caller drops it. */
export async function createTable(name = `test-${randomUUID()}`, schema: TableSchema = {}): Promise<string> {
  const { partitionKey = 'pk', sortKey } = schema;
  const keys = sortKey === undefined ? [partitionKey] : [partitionKey, sortKey];
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: keys.map((AttributeName, i) => ({ AttributeName, KeyType: i === 0 ? 'HASH' : 'RANGE' })),
    }),
  );
  // The waiter polls every 20 s unless told otherwise.
  await waitUntilTableExists({ client, minDelay: 0.05, maxDelay: 0.5, maxWaitTime: 20 }, { TableName: name });
  return name;
}

/** A new empty table, dropped when the test file is over. */
export async function freshTable(schema: TableSchema = {}): Promise<string> {
  const name = await createTable(undefined, schema);
  afterFile(() => dropTable(name));
  return name;
}

/** Drops a table; a test may have dropped it already. */
export async function dropTable(name: string): Promise<void> {
  await client.send(new DeleteTableCommand({ TableName: name })).catch((error: unknown) => {
    if (!(error instanceof ResourceNotFoundException)) throw error;
  });
}

/** The item as DynamoDB keeps it, read consistently. */
export async function rawItem(table: string, pk: string, rest: Item = {}): Promise<Item | undefined> {
  const { Item: item } = await client.send(
    new GetItemCommand({ TableName: table, Key: { pk: { S: pk }, ...rest }, ConsistentRead: true }),
  );
  return item;
}

/** Every item of the table, all pages. */
export async function scanAll(table: string): Promise<Item[]> {
  const items: Item[] = [];
  let start: Item | undefined;
  do {
    const page = await client.send(
      new ScanCommand({ TableName: table, ConsistentRead: true, ...(start && { ExclusiveStartKey: start }) }),
    );
    items.push(...(page.Items ?? []));
    start = page.LastEvaluatedKey;
  } while (start);
  return items;
}
