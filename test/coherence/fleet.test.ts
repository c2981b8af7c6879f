/** Caches of several processes on one table, whose memory would keep what it holds for an hour. */
import { randomUUID } from 'node:crypto';
import { DescribeTableCommand, type StreamViewType, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../lib/clock';
import {
  type DynamoCache,
  type DynamoCacheOptions,
  DynamoStore,
  createDynamoCache,
  onCacheEvent,
} from '../../lib/core';
import { dropTable, freshTable, testClient } from '../support/dynamodb';

// The stream is asked more often than once a second, to spare the tests' time.
const clock = {
  ...systemClock,
  wait: (ms: number, signal?: AbortSignal) => systemClock.wait(Math.min(ms, 50), signal),
};
const WITHIN = { timeout: 15_000, interval: 20 };

const administrator = testClient();

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

async function startCache(table: string, options: DynamoCacheOptions = {}): Promise<DynamoCache> {
  const client = testClient();
  const cache = createDynamoCache({
    table,
    client,
    ttl: '1h',
    memory: { ttl: '1h' },
    coherence: 'stream',
    createTable: true,
    timeout: '5s',
    clock,
    ...options,
  });
  open.push({
    close: async () => {
      await cache.close();
      client.destroy();
    },
  });
  await following(() => cache.prepare());
  return cache;
}

async function following(begin: () => Promise<void>): Promise<void> {
  let stop = (): void => undefined;
  const heard = new Promise<void>((resolve) => {
    stop = onCacheEvent((event) => {
      if (event.type === 'coherence' && event.state === 'following') resolve();
    });
  });
  try {
    await begin();
    await heard;
  } finally {
    stop();
  }
}

/** Until the cache answers out of its memory. */
async function untilRemembered(cache: DynamoCache, read: () => Promise<unknown>): Promise<void> {
  const before = cache.stats().memoryHits;
  await vi.waitFor(async () => {
    await read();
    expect(cache.stats().memoryHits).toBeGreaterThan(before);
  }, WITHIN);
}

async function switchStreamOn(table: string, view: StreamViewType): Promise<void> {
  const specification = { StreamEnabled: true, StreamViewType: view };
  await administrator.send(new UpdateTableCommand({ TableName: table, StreamSpecification: specification }));
}

async function streamOf(table: string): Promise<unknown> {
  const { Table } = await administrator.send(new DescribeTableCommand({ TableName: table }));
  return Table?.StreamSpecification;
}

async function fleet(): Promise<[DynamoCache, DynamoCache, string]> {
  const table = await freshTable();
  return [await startCache(table), await startCache(table), table];
}

describe("coherence: 'stream'", () => {
  it('brings an eviction to the memory of another process', async () => {
    const [here, there] = await fleet();
    await here.set('menu:7', 'old');
    await untilRemembered(there, () => there.get('menu:7'));
    await here.delete('menu:7');
    await vi.waitFor(async () => {
      expect(await there.get('menu:7')).toBeUndefined();
    }, WITHIN);
  });

  it('brings a put', async () => {
    const [here, there] = await fleet();
    await here.set('menu:7', 'old');
    await untilRemembered(there, () => there.get('menu:7'));
    await here.set('menu:7', 'new');
    await vi.waitFor(async () => {
      expect(await there.get('menu:7')).toBe('new');
    }, WITHIN);
  });

  it('brings the eviction of a tag', async () => {
    const [here, there] = await fleet();
    const options = { tags: ['restaurant:7'] };
    const read = () => there.getOrLoad('menu:7', () => 'old', options);
    await untilRemembered(there, read);
    await here.evictTags('restaurant:7');
    await vi.waitFor(async () => {
      expect(await there.getOrLoad('menu:7', () => 'new', options)).toBe('new');
    }, WITHIN);
  });

  it('brings the eviction of a tag to a caller who knows the key alone', async () => {
    const [here, there] = await fleet();
    await here.set('menu:7', 'old', { tags: ['restaurant:7'] });
    await untilRemembered(there, () => there.get('menu:7'));
    await here.evictTags('restaurant:7');
    await vi.waitFor(async () => {
      expect(await there.get('menu:7')).toBeUndefined();
    }, WITHIN);
  });

  it('brings clear and clearPrefix', async () => {
    const [here, there] = await fleet();
    await here.set('menu:7', 'old');
    await untilRemembered(there, () => there.get('menu:7'));
    await here.clearPrefix('menu:');
    await vi.waitFor(async () => {
      expect(await there.get('menu:7')).toBeUndefined();
    }, WITHIN);
    await here.set('menu:8', 'old');
    await untilRemembered(there, () => there.get('menu:8'));
    await here.clear();
    await vi.waitFor(async () => {
      expect(await there.get('menu:8')).toBeUndefined();
    }, WITHIN);
  });

  it('works in a table with a sort key and other names', async () => {
    const layout = { partitionKey: 'id', sortKey: 'range', value: 'payload', ttl: 'expires' };
    const table = await freshTable({ partitionKey: 'id', sortKey: 'range' });
    const [here, there] = [await startCache(table, { layout }), await startCache(table, { layout })];
    await here.set('menu:7', 'old');
    await untilRemembered(there, () => there.get('menu:7'));
    await here.delete('menu:7');
    await vi.waitFor(async () => {
      expect(await there.get('menu:7')).toBeUndefined();
    }, WITHIN);
  });

  it('does not forget what it wrote itself where the stream carries versions', async () => {
    const table = await freshTable();
    await switchStreamOn(table, 'NEW_IMAGE');
    const [here, there] = [await startCache(table), await startCache(table)];
    await untilRemembered(here, () => here.getOrLoad('menu:7', () => 'loaded'));
    await there.set('marker', 1);
    await untilRemembered(here, () => here.get('marker'));
    await there.set('marker', 2);
    // Written after the load, so the load's own record has been seen as well.
    await vi.waitFor(async () => {
      expect(await here.get('marker')).toBe(2);
    }, WITHIN);
    // On a busy machine the stream may have fallen silent meanwhile; then memory answers nothing.
    await untilRemembered(here, () => here.get('marker'));
    const { memoryHits } = here.stats();
    await here.get('menu:7');
    expect(here.stats().memoryHits).toBe(memoryHits + 1);
  });
});

describe('createTable', () => {
  it('creates the table with a stream of keys only', async () => {
    const table = `test-${randomUUID()}`;
    await startCache(table);
    expect(await streamOf(table)).toEqual({ StreamEnabled: true, StreamViewType: 'KEYS_ONLY' });
    await dropTable(table);
  });

  it('switches the stream of a table on that exists, from several processes at once', async () => {
    const table = await freshTable();
    await Promise.all([startCache(table), startCache(table), startCache(table)]);
    expect(await streamOf(table)).toEqual({ StreamEnabled: true, StreamViewType: 'KEYS_ONLY' });
  });

  it('accepts that another process has just switched it on', async () => {
    const table = await freshTable();
    const client = testClient();
    client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (commandName !== 'UpdateTableCommand') return next(args);
          await switchStreamOn(table, 'KEYS_ONLY');
          throw new Error('Table already has an enabled stream');
        },
      { step: 'initialize' },
    );
    await startCache(table, { client });
    expect(await streamOf(table)).toMatchObject({ StreamEnabled: true });
    client.destroy();
  });

  it('leaves a stream that is on as it is', async () => {
    const table = await freshTable();
    await switchStreamOn(table, 'NEW_AND_OLD_IMAGES');
    await startCache(table);
    expect(await streamOf(table)).toMatchObject({ StreamViewType: 'NEW_AND_OLD_IMAGES' });
  });
});

describe('close', () => {
  it('ends the following', async () => {
    const table = await freshTable();
    const store = new DynamoStore({ table, client: testClient(), clock });
    const silent = () => undefined;
    const following = store.follow({ changed: silent, missed: silent, upToDate: silent, failed: silent });
    await store.close();
    await expect(following).resolves.toBeUndefined();
  });
});
