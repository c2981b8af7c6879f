import { afterAll, expect, it, vi } from 'vitest';

let attempts = 0;

afterAll(() => {
  vi.doUnmock('@aws-sdk/client-dynamodb');
  vi.resetModules();
});

it('an SDK that could not be loaded is loaded by the next operation', async () => {
  vi.resetModules();
  vi.doMock('@aws-sdk/client-dynamodb', async (original) => {
    if (attempts++ === 0) throw new Error('EMFILE: too many open files');
    return original();
  });
  const { LazyConnection } = await import('../../lib/dynamodb/client');
  const connection = new LazyConnection({ region: 'us-east-1' });
  await expect(connection.get()).rejects.toThrow();
  await expect(connection.get()).resolves.toHaveProperty('client');
  await connection.close();
});
