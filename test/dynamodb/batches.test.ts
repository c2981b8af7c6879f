import { describe, expect, it } from 'vitest';
import { DynamoStore } from '../../lib/core/dynamo-store';
import { startDynamoDB, storeContract } from '../../lib/testing';
import { newTombstone } from '../../lib/tiers/entry';
import { afterFile } from '../support/after-file';
import { freshTable, scanAll, testClient } from '../support/dynamodb';
import { call, entryOf, textEntry } from './entries';
import { recordingClient } from './recording-client';

const keys = (count: number) => Array.from({ length: count }, (_, i) => `k${i}`);

describe('a batch', () => {
  it('asks again for the keys that DynamoDB left out', async () => {
    const table = await freshTable();
    const { client, sent } = recordingClient(testClient(), async ({ command, input }, send) => {
      const requested = (input.RequestItems as Record<string, { Keys: unknown[] }> | undefined)?.[table];
      if (command !== 'BatchGetItem' || !requested || requested.Keys.length <= 3) return send(input);
      const answer = await send({
        RequestItems: { [table]: { ...requested, Keys: requested.Keys.slice(0, 3) } },
      });
      return { ...answer, UnprocessedKeys: { [table]: { ...requested, Keys: requested.Keys.slice(3) } } };
    });
    const store = new DynamoStore({ table, client });
    await Promise.all(keys(10).map((key) => store.put(key, textEntry(key), call())));

    const found = await store.read(keys(10), call());
    expect([...found.values()].map(({ state }) => state)).toEqual(Array(10).fill('entry'));
    const reads = sent.filter(({ command }) => command === 'BatchGetItem');
    expect(reads).toHaveLength(4);
    for (const { input } of reads)
      expect(input.RequestItems).toMatchObject({ [table]: { ConsistentRead: true } });
  });

  it('gives up asking for what is left out when its signal says so', async () => {
    const { client, sent } = recordingClient(testClient(), ({ input }) =>
      Promise.resolve({ Responses: {}, UnprocessedKeys: input.RequestItems }),
    );
    const store = new DynamoStore({ table: 'cache', client });
    await expect(store.read(['a', 'b'], { signal: AbortSignal.timeout(150) })).rejects.toThrow();
    expect(sent.length).toBeGreaterThan(1);
    // Backed off: without waiting, hundreds would fit.
    expect(sent.length).toBeLessThan(40);
  });

  it('sends again the writes that DynamoDB left out', async () => {
    const table = await freshTable();
    let leftOut = 0;
    const { client, sent } = recordingClient(testClient(), async ({ command, input }, send) => {
      const requests = (input.RequestItems as Record<string, unknown[]> | undefined)?.[table];
      if (command !== 'BatchWriteItem' || !requests || requests.length <= 4) return send(input);
      leftOut += requests.length - 4;
      await send({ RequestItems: { [table]: requests.slice(0, 4) } });
      return { UnprocessedItems: { [table]: requests.slice(4) } };
    });
    const store = new DynamoStore({ table, client });
    await Promise.all(keys(30).map((key) => store.put(key, textEntry(key), call())));

    await store.evictAll([''], () => newTombstone(Date.now()));

    expect(leftOut).toBeGreaterThan(0);
    expect((await scanAll(table)).map((item) => 'v' in item)).toEqual(Array(30).fill(false));
    const batches = sent.filter(({ command }) => command === 'BatchWriteItem');
    for (const { input } of batches)
      expect((input.RequestItems as Record<string, unknown[]>)[table]!.length).toBeLessThanOrEqual(25);
  });
});

// It has no TTL, shuffles its answers, and leaves keys out beyond 1.4 MB.
describe('on dynalite', async () => {
  const dynalite = await startDynamoDB({ engine: 'dynalite' });
  afterFile(() => dynalite.stop());
  const client = testClient({ endpoint: dynalite.endpoint });
  let tables = 0;

  async function make() {
    const store = new DynamoStore({ table: `test-${tables++}`, client, createTable: true });
    await store.prepare();
    return { store };
  }

  for (const { name, run } of storeContract(make)) it(name, run);

  it('reads 100 values of 50 KB at once', async () => {
    const { store } = await make();
    const values = keys(100).map((key, i) => [key, entryOf(new Uint8Array(50_000).fill(i))] as const);
    for (const [key, entry] of values) await store.put(key, entry, call());
    const recorded = recordingClient(client);

    const found = await store.read(keys(100), call());

    for (const [key, entry] of values) {
      const stored = found.get(key);
      expect(stored?.state === 'entry' && Buffer.from(stored.entry.bytes).equals(entry.bytes)).toBe(true);
    }
    expect(recorded.sent.length).toBeGreaterThan(3);
  });
});
