// #region real-engine
import { createDynamoCache } from 'nestjs-dynamo-cache/core';
import { startDynamoDB } from 'nestjs-dynamo-cache/testing';
// #endregion
import { expect, it } from 'vitest';

it('runs on an engine of its own, which is gone afterwards', async () => {
  // #region real-engine
  const dynamodb = await startDynamoDB();
  const cache = createDynamoCache({
    table: 'cache-test',
    createTable: true,
    timeout: '5s', // a busy machine makes no misses
    client: {
      endpoint: dynamodb.endpoint,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    },
  });
  await cache.prepare(); // creates the table
  await cache.set('greeting', 'hello');
  expect(await cache.get('greeting')).toBe('hello');
  await cache.close();
  await dynamodb.stop();
  // #endregion
  await expect(fetch(dynamodb.endpoint)).rejects.toThrow('fetch failed');
  expect(dynamodb.engine).toMatch(/^(dynoxide|dynamodb-local|dynalite)$/);
});
