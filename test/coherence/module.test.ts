import { Test } from '@nestjs/testing';
import { expect, it } from 'vitest';
import { DynamoCache, DynamoCacheModule, type DynamoCacheOptions, onCacheEvent } from '../../lib';
import { freshTable, testClient } from '../support/dynamodb';

async function start(options: DynamoCacheOptions) {
  const module = await Test.createTestingModule({ imports: [DynamoCacheModule.forRoot(options)] }).compile();
  return module.init();
}

it('follows the stream from the start of the application to its end', async () => {
  const client = testClient();
  const sent: string[] = [];
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        sent.push(commandName ?? '');
        return next(args);
      },
    { step: 'initialize' },
  );
  const following = new Promise<void>((resolve) => {
    const stop = onCacheEvent((event) => {
      if (event.type !== 'coherence' || event.state !== 'following') return;
      stop();
      resolve();
    });
  });
  const app = await start({
    table: await freshTable(),
    client,
    createTable: true,
    memory: { ttl: '1h' },
    coherence: 'stream',
  });
  await following;
  await app.get(DynamoCache).set('menu:7', 'value');
  expect(await app.get(DynamoCache).get('menu:7')).toBe('value');
  await app.close();
  client.destroy();
  expect(sent).toContain('UpdateTableCommand');
});

it('does not start with an option that cannot work', async () => {
  await expect(start({ table: 'any', coherence: 'stream' })).rejects.toThrow(/^coherence: .*memory/);
});
