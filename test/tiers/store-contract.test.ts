import { describe, it } from 'vitest';
import { DynamoStore, type DynamoCacheOptions } from '../../lib/core';
import { InMemoryStore, storeContract } from '../../lib/testing';
import { createTable, dropTable, testClient } from '../support/dynamodb';

function dynamoStore(sortKey?: string, options: DynamoCacheOptions = {}) {
  return async () => {
    const table = await createTable(undefined, sortKey === undefined ? {} : { sortKey });
    const client = testClient();
    return {
      store: new DynamoStore({ table, client, ...options }),
      dispose: async () => {
        client.destroy();
        await dropTable(table);
      },
    };
  };
}

describe('DynamoStore, a table with a partition key', () => {
  for (const { name, run } of storeContract(dynamoStore())) it(name, run);
});

describe('DynamoStore, a table with a sort key and other names', () => {
  const layout = { partitionKey: 'pk', sortKey: 'range', value: 'payload', ttl: 'expires' };
  for (const { name, run } of storeContract(dynamoStore('range', { layout }))) it(name, run);
});

describe('InMemoryStore', () => {
  for (const { name, run } of storeContract(() => ({ store: new InMemoryStore() }))) it(name, run);
});
