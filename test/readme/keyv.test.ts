// #region keyv
import { Keyv } from 'keyv';
import { DynamoStore } from 'nestjs-dynamo-cache/core';

const keyv = new Keyv({ store: new DynamoStore({ table: 'cache-prod' }) });
// #endregion
import { createDynamoCache } from 'nestjs-dynamo-cache/core';
import { beforeAll, expect, it, vi } from 'vitest';
import { afterFile } from '../support/after-file';
import { rawItem } from '../support/dynamodb';
import { createReadmeTable, useDynamoDBOfTheRun } from './readme-table';

const DAY_SECONDS = 86_400;

beforeAll(async () => {
  useDynamoDBOfTheRun();
  afterFile(() => keyv.disconnect());
  await createReadmeTable();
});

it('keeps `foo` for 30 days as `keyv:foo`, and as JSON', async () => {
  const now = Date.now() / 1_000;
  await vi.waitFor(
    async () => {
      expect(await keyv.set('foo', { at: new Date(0), price: 7 })).toBe(true);
      expect(await keyv.get('foo')).toEqual({ at: '1970-01-01T00:00:00.000Z', price: 7 });
    },
    { timeout: 15_000 },
  );
  const cache = createDynamoCache({ table: 'cache-prod', timeout: '5s' });
  afterFile(() => cache.close());
  expect(await cache.get('keyv:foo')).toEqual({ at: '1970-01-01T00:00:00.000Z', price: 7 });
  const item = await rawItem('cache-prod', 'cache#keyv:foo');
  expect((Number(item?.ttl?.N) - now) / DAY_SECONDS).toBeCloseTo(30, 2);
});
