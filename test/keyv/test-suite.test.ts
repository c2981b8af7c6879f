import keyvTestSuite from '@keyv/test-suite';
import { Keyv } from 'keyv';
import * as vitest from 'vitest';
import { DynamoStore } from '../../lib/core/dynamo-store';
import { createTable, dropTable, testClient } from '../support/dynamodb';

vitest.describe("Keyv's own tests", () => {
  const client = testClient();
  let table: string;
  vitest.beforeAll(async () => {
    table = await createTable();
  });
  vitest.afterAll(async () => {
    await dropTable(table);
    client.destroy();
  });

  keyvTestSuite(vitest, Keyv, () => new DynamoStore({ table, client, timeout: '5s' }));
});
