import { describe, it } from 'vitest';
import { isAvailable } from '../../lib/codec/compression';
import { composeStore } from '../../lib/core/compose-store';
import { DynamoStore } from '../../lib/core/dynamo-store';
import type { DynamoCacheOptions } from '../../lib/core/options';
import { resolveOptions } from '../../lib/core/resolve-options';
import { InMemoryStore, storeContract } from '../../lib/testing';
import { createTable, dropTable, testClient } from '../support/dynamodb';
import { BulkyStore } from './bulky-store';
import { NEW_KEY, OLD_KEY } from './entries';

const seal = { keys: [NEW_KEY, OLD_KEY] };
const fetchedKeys = { keys: () => Promise.resolve([NEW_KEY, OLD_KEY]) };
const combinations: Record<string, DynamoCacheOptions> = {
  'as they are': { compress: false },
  compressed: {},
  sealed: { compress: false, seal },
  'compressed and sealed': { seal: fetchedKeys },
  ...(isAvailable('zstd') && {
    'compressed with zstd': { compress: 'zstd' },
    'compressed with zstd and sealed': { compress: 'zstd', seal },
  }),
};

describe.each(Object.entries(combinations))('a table of entries that are %s', (_name, options) => {
  const overTable = async () => {
    const table = await createTable();
    const client = testClient();
    const resolved = resolveOptions({ table, client, ...options });
    return {
      store: new BulkyStore(composeStore(new DynamoStore({ table, client }), resolved)),
      dispose: async () => {
        client.destroy();
        await dropTable(table);
      },
    };
  };
  for (const { name, run } of storeContract(overTable)) it(name, run);
});

describe.each(Object.entries(combinations))('memory with small entries that are %s', (_name, options) => {
  const overMemory = () => ({ store: composeStore(new InMemoryStore(), resolveOptions(options)) });
  for (const { name, run } of storeContract(overMemory)) it(name, run);
});
