/** Loading the restaurants' table: what DynamoDB does not take at once, and what an earlier load has done. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { DynamoDBDocumentClient, GetCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ensureTable } from '../../sample/03-restaurants/src/database/restaurants-table';
import { BatchWriter, UnprocessedItemsError } from '../../sample/03-restaurants/src/loading/batch-writer';
import { load } from '../../sample/03-restaurants/src/loading/load';
import { type LoadProgress, progressOn } from '../../sample/03-restaurants/src/loading/progress';
import {
  type RestaurantFile,
  readRestaurants,
} from '../../sample/03-restaurants/src/loading/restaurant-file';
import {
  type RestaurantItem,
  fromItem,
  keyOf,
} from '../../sample/03-restaurants/src/restaurants/restaurant-item';
import { afterFile } from '../support/after-file';
import { dropTable, dynamodbEndpoint, testClient } from '../support/dynamodb';
import { FaultyProxy } from '../support/faulty-proxy';

const QUIET: LoadProgress = {
  begin: () => undefined,
  advance: () => undefined,
  end: () => undefined,
  fail: () => undefined,
};

let proxy: FaultyProxy;
let table: string;
let database: DynamoDBDocumentClient;
let all: RestaurantFile;

beforeAll(async () => {
  all = await readRestaurants();
});

beforeEach(async () => {
  proxy = await FaultyProxy.start(dynamodbEndpoint);
  const client = testClient({ endpoint: proxy.endpoint, maxAttempts: 1 });
  database = DynamoDBDocumentClient.from(client);
  table = `restaurants-${randomUUID()}`;
  await ensureTable(client, table);
  const created = table;
  afterFile(() => dropTable(created));
});

afterEach(async () => {
  database.destroy();
  await proxy.close();
});

function fileOf(restaurants: number, digest = 'a file'): RestaurantFile {
  return { digest, restaurants: all.restaurants.slice(0, restaurants) };
}

async function count(): Promise<number> {
  let found = 0;
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page = await database.send(
      new ScanCommand({ TableName: table, Select: 'COUNT', ...(ExclusiveStartKey && { ExclusiveStartKey }) }),
    );
    found += page.Count ?? 0;
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return found - 1; // but for the checkpoint
}

/** Has every item refused so often before it is taken, which no engine does by itself. */
async function refusing(times: number): Promise<{ client: DynamoDBDocumentClient; sizes: number[] }> {
  const sizes: number[] = [];
  let refusals = 0;
  const server = createServer((incoming, outgoing) => {
    void answer();
    async function answer(): Promise<void> {
      const body = JSON.parse(await text(incoming)) as { RequestItems: Record<string, object[]> };
      const [name, puts] = Object.entries(body.RequestItems)[0]!;
      sizes.push(puts.length);
      const left = refusals++ < times ? puts.slice(0, Math.max(1, puts.length - 10)) : [];
      outgoing.setHeader('content-type', 'application/x-amz-json-1.0');
      outgoing.end(JSON.stringify({ UnprocessedItems: left.length > 0 ? { [name]: left } : {} }));
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = DynamoDBDocumentClient.from(testClient({ endpoint }));
  afterFile(async () => {
    client.destroy();
    server.close();
    server.closeAllConnections();
    return Promise.resolve();
  });
  return { client, sizes };
}

describe('the batch writer', () => {
  const items = Array.from({ length: 25 }, (_, i) => ({ PK: String(i), SK: 'x' }));

  it('sends what came back unprocessed again, and nothing else', async () => {
    const { client, sizes } = await refusing(2);
    const pauses: number[] = [];
    const writer = new BatchWriter(client, 'any', { pause: async (ms) => pauses.push(ms) });
    await writer.write(items);
    expect(sizes).toEqual([25, 15, 5]);
    expect(writer.retried).toBe(20);
    expect(pauses).toHaveLength(2);
  });

  it('waits longer and longer while nothing is taken, and then gives up', async () => {
    const { client, sizes } = await refusing(Infinity);
    const bounds: number[] = [];
    const writer = new BatchWriter(client, 'any', {
      attempts: 5,
      firstPauseMs: 1_000,
      pause: async (ms) => bounds.push(ms),
    });
    const error = await writer.write(items).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UnprocessedItemsError);
    expect((error as UnprocessedItemsError).left).toBe(1);
    // Of 25, then 15 and 5, one item is left, which is refused four times more.
    expect(sizes).toEqual([25, 15, 5, 1, 1, 1, 1]);
    bounds.forEach((ms, i) => {
      expect(ms).toBeLessThanOrEqual(1_000 * 2 ** Math.max(0, i - 2));
    });
    expect(bounds).toHaveLength(6);
  });
});

describe('a load', () => {
  it('writes what the file says', async () => {
    await load(fileOf(130), database, table, QUIET);
    const written = all.restaurants[129]!;
    const { Item } = await database.send(new GetCommand({ TableName: table, Key: keyOf(written.id) }));
    expect(fromItem(Item as RestaurantItem)).toEqual(written);
    expect(await count()).toBe(130);
  });

  it('goes on where an earlier one of the same file was stopped', async () => {
    const batches = () => proxy.count('BatchWriteItem');
    proxy.intercept = ({ operation }) =>
      operation === 'BatchWriteItem' && batches() > 10 ? 'status-500' : undefined;
    const stopped: number[] = [];
    const told: LoadProgress = { ...QUIET, fail: (done) => stopped.push(done) };
    await expect(load(fileOf(400), database, table, told)).rejects.toThrow();
    expect(stopped).toEqual([200]);
    proxy.intercept = undefined;
    proxy.reset();

    const loaded = await load(fileOf(400), database, table, QUIET);
    expect(loaded).toEqual({ before: 200, total: 400, retried: 0 });
    expect(batches()).toBe(8);
    expect(await count()).toBe(400);
  });

  it('has nothing to do where all is there', async () => {
    await load(fileOf(60), database, table, QUIET);
    proxy.reset();
    expect((await load(fileOf(60), database, table, QUIET)).before).toBe(60);
    expect(proxy.count('BatchWriteItem')).toBe(0);
  });

  it('begins anew with another file', async () => {
    await load(fileOf(60), database, table, QUIET);
    expect((await load(fileOf(60, 'another file'), database, table, QUIET)).before).toBe(0);
  });

  it('is in order when batches come back unprocessed in the middle', async () => {
    const { client } = await refusing(3);
    const writer = new BatchWriter(client, table, { pause: async () => undefined });
    const steps: number[] = [];
    const told: LoadProgress = { ...QUIET, advance: (step) => steps.push(step) };
    const { retried } = await load(fileOf(120), database, table, told, writer);
    expect(retried).toBeGreaterThan(0);
    expect(steps).toEqual([100, 20]);
  });
});

describe('the progress of a load', () => {
  it('is one line at the end where nobody looks at a terminal', async () => {
    const written: string[] = [];
    const output = { isTTY: false, write: (line: string) => written.push(line) };
    const progress = await progressOn(output as unknown as NodeJS.WriteStream);
    progress.begin(100, 5_169);
    progress.advance(100, 200);
    expect(written).toEqual([]);
    progress.end({ before: 100, total: 5_169, retried: 3 });
    expect(written).toEqual([
      '5,169 restaurants are in the table, 100 of them from an earlier load, 3 items were sent again.\n',
    ]);
  });

  it('is a bar on a terminal', async () => {
    let written = '';
    const output = new PassThrough().on('data', (part: Buffer) => (written += part.toString()));
    const progress = await progressOn(
      Object.assign(output, { isTTY: true }) as unknown as NodeJS.WriteStream,
    );
    progress.begin(100, 200);
    progress.advance(100, 200);
    await vi.waitFor(() => expect(written).toContain('200 of 200 restaurants'));
    progress.end({ before: 100, total: 200, retried: 0 });
    expect(written).toContain('200 restaurants are in the table, 100 of them from an earlier load.');
  });
});
