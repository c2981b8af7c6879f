// #region without-nest
import { createDynamoCache } from 'nestjs-dynamo-cache/core';

const cache = createDynamoCache({ table: 'cache-prod', ttl: '10m' });

const channelsMemo = cache.memoize(channelIndex, { ttl: '1d' });

export async function handler() {
  return { statusCode: 200, body: JSON.stringify(await channelsMemo()) };
}
// #endregion
import { beforeAll, expect, it } from 'vitest';
import { afterFile } from '../support/after-file';
import { createReadmeTable, hit, useDynamoDBOfTheRun } from './readme-table';

let loads = 0;

async function channelIndex(): Promise<string[]> {
  loads++;
  return ['news', 'weather'];
}

beforeAll(async () => {
  useDynamoDBOfTheRun();
  afterFile(() => cache.close());
  await createReadmeTable();
});

it('answers from the table, which the next container reads, too', async () => {
  const answer = { statusCode: 200, body: '["news","weather"]' };
  expect(await handler()).toEqual(answer);
  expect(await hit(handler, () => loads)).toEqual(answer);
  const next = createDynamoCache({ table: 'cache-prod', timeout: '5s' });
  afterFile(() => next.close());
  expect(await next.memoize(channelIndex)()).toEqual(['news', 'weather']);
  expect(next.stats()).toMatchObject({ hits: 1, loads: 0 });
});
