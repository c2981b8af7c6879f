import { randomBytes } from 'node:crypto';
import type { DynamicModule, FactoryProvider, ValueProvider } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  DYNAMO_CACHE_OPTIONS,
  DynamoCache,
  DynamoCacheModule,
  type DynamoCacheOptions,
  DynamoStore,
} from 'nestjs-dynamo-cache';
import { createDynamoCache } from 'nestjs-dynamo-cache/core';
import { InMemoryStore, ManualClock } from 'nestjs-dynamo-cache/testing';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Addresses } from '../../lib/key/addresses';
import { Log, started } from '../module/application';
import { createReadmeTable, useDynamoDBOfTheRun } from './readme-table';

const dataKey = randomBytes(32);

/** What a KMS would do. */
async function decryptDataKey(encrypted: string): Promise<Uint8Array> {
  return Promise.resolve(encrypted === 'encrypted' ? dataKey : new Uint8Array());
}

function snippet(): DynamicModule {
  // #region sealed-values
  const cacheModule = DynamoCacheModule.forRoot({
    table: 'cache-prod',
    seal: {
      keys: [
        { id: '2027-02', key: process.env.CACHE_KEY! }, // the first one seals; openssl rand -base64 32
        { id: '2026-11', key: process.env.CACHE_KEY_BEFORE! }, // all of them open
      ],
    },
  });
  // #endregion
  return cacheModule;
}

beforeEach(() => {
  vi.stubEnv('CACHE_KEY', randomBytes(32).toString('base64'));
  vi.stubEnv('CACHE_KEY_BEFORE', randomBytes(32).toString('hex'));
  vi.stubEnv('CACHE_DATA_KEY', 'encrypted');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

it('the application keeps nothing that can be read in the table', async () => {
  const clock = new ManualClock();
  const store = new InMemoryStore(clock);
  const { providers = [] } = snippet();
  const given = (providers as (ValueProvider | FactoryProvider)[]).find(
    ({ provide }) => provide === DYNAMO_CACHE_OPTIONS,
  ) as ValueProvider<DynamoCacheOptions>;
  const module = await started(
    Test.createTestingModule({ imports: [snippet()] })
      .overrideProvider(DYNAMO_CACHE_OPTIONS)
      .useValue({ ...given.useValue, clock, logger: new Log() })
      .overrideProvider(DynamoStore)
      .useValue(store),
  );
  const cache = module.get(DynamoCache);
  await cache.set('token', 'hunter2');
  expect(await cache.get('token')).toBe('hunter2');
  const address = new Addresses('cache').entry('token');
  const stored = (await store.read([address], { signal: AbortSignal.timeout(1_000) })).get(address);
  const text = Buffer.from(stored?.state === 'entry' ? stored.entry.bytes : []).toString('latin1');
  expect(text).toContain('2027-02');
  expect(text).not.toContain('hunter2');
});

it('keys may be fetched from a KMS', async () => {
  useDynamoDBOfTheRun();
  await createReadmeTable();
  // #region sealed-values-kms
  const cache = createDynamoCache({
    table: 'cache-prod',
    seal: {
      keys: async () => [{ id: '2027-02', key: await decryptDataKey(process.env.CACHE_DATA_KEY!) }], // KMS's `Decrypt`
    },
  });
  // #endregion
  // Its budget is as short as the snippet leaves it.
  const patience = { timeout: 15_000 };
  await vi.waitFor(async () => {
    expect(await cache.set('sealed:token', 'hunter2')).toBe(true);
    expect(await cache.get('sealed:token')).toBe('hunter2');
  }, patience);
  await cache.close();
});
