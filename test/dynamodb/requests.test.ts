import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { DynamoStore } from '../../lib/core/dynamo-store';
import { newTombstone } from '../../lib/tiers/entry';
import { afterFile } from '../support/after-file';
import { dropTable, dynamodbEndpoint, freshTable, rawItem, testClient } from '../support/dynamodb';
import { FaultyProxy } from '../support/faulty-proxy';
import { call, textEntry } from './entries';
import { recordingClient } from './recording-client';

const config = { region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };

let table: string;
let proxy: FaultyProxy;
beforeAll(async () => {
  table = await freshTable();
  proxy = await FaultyProxy.start(dynamodbEndpoint);
  afterFile(() => proxy.close());
});
beforeEach(() => {
  proxy.mode = 'pass';
  proxy.intercept = undefined;
  proxy.reset();
});

describe('requests', () => {
  it('carry a signal, whatever is sent', async () => {
    const { client, sent, commands } = recordingClient();
    const name = `test-signals-${Date.now()}`;
    const store = new DynamoStore({ table: name, client, createTable: true });
    afterFile(() => dropTable(name));

    await store.prepare();
    await store.put('a', textEntry('1'), call());
    await store.fill('b', textEntry('1'), undefined, call());
    await store.read(['a'], call());
    await store.read(['a', 'b'], call());
    await store.evict('a', newTombstone(Date.now()), call());
    await store.set('keyv:c', 'text');
    store.namespace = 'keyv';
    await store.clear();

    expect([...new Set(commands())].sort()).toEqual([
      'BatchGetItem',
      'BatchWriteItem',
      'CreateTable',
      'DescribeTable',
      'DescribeTimeToLive',
      'GetItem',
      'PutItem',
      'Scan',
      'UpdateTimeToLive',
    ]);
    for (const { command, options } of sent)
      expect([command, options?.abortSignal]).toEqual([command, expect.any(AbortSignal)]);
  });

  it('carry the signal of their own call', async () => {
    const { client, sent } = recordingClient();
    const store = new DynamoStore({ table, client });
    const { signal } = new AbortController();
    const consistent = false;
    await store.read(['a'], { signal, consistent });
    await store.read(['a', 'b'], { signal, consistent });
    await store.put('a', textEntry('1'), { signal });
    await store.fill('a', textEntry('1'), undefined, { signal });
    await store.evict('a', newTombstone(0), { signal });
    expect(sent.map(({ options }) => options?.abortSignal === signal)).toEqual(Array(5).fill(true));
  });

  it('end with their signal in a client that does not listen', async () => {
    const client = testClient();
    client.send = () => new Promise<never>(() => undefined);
    const store = new DynamoStore({ table, client });
    await expect(store.read(['a'], { signal: AbortSignal.timeout(20) })).rejects.toThrow(/timeout/);
    await expect(
      store.evict('a', newTombstone(0), { signal: AbortSignal.abort(new Error('enough')) }),
    ).rejects.toThrow('enough');
  });

  it('end with their signal while credentials do not come', async () => {
    const store = new DynamoStore({
      table,
      client: { ...config, endpoint: dynamodbEndpoint, credentials: () => new Promise(() => undefined) },
    });
    const signal = AbortSignal.timeout(50);
    await expect(store.evict('a', newTombstone(0), { signal })).rejects.toThrow(/timeout/);
    await store.close();
  });

  it('are sent once more when the connection was lost, and no third time', async () => {
    const store = new DynamoStore({ table, client: { ...config, endpoint: proxy.endpoint } });
    proxy.mode = 'lost-response';
    await expect(store.put('lost', textEntry('1'), call())).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(proxy.count()).toBe(2);
    await store.close();
  });

  it('take what their lost first attempt wrote for their own', async () => {
    const store = new DynamoStore({ table, client: { ...config, endpoint: proxy.endpoint } });
    proxy.intercept = () => (proxy.count() === 1 ? 'lost-response' : 'pass');
    expect(await store.fill('own', textEntry('1'), undefined, call())).toEqual({ filled: true });
    expect(proxy.count()).toBe(2);
    await store.close();
  });

  it('are left to a client that tries again by itself', async () => {
    const client = testClient({ endpoint: proxy.endpoint, maxAttempts: 2 });
    proxy.mode = 'lost-response';
    await expect(
      new DynamoStore({ table, client }).put('lost', textEntry('1'), call()),
    ).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(proxy.count()).toBe(2);
    client.destroy();
  });

  it('are not repeated when DynamoDB has answered', async () => {
    const store = new DynamoStore({ table, client: { ...config, endpoint: proxy.endpoint } });
    for (const mode of ['throttle', 'status-500', 'access-denied'] as const) {
      proxy.mode = mode;
      await expect(store.read(['a'], call())).rejects.toThrow();
    }
    expect(proxy.count()).toBe(3);
    await store.close();
  });

  it('are not repeated beyond the budget', async () => {
    const store = new DynamoStore({ table, client: { ...config, endpoint: proxy.endpoint } });
    proxy.mode = 'black-hole';
    const started = performance.now();
    const signal = AbortSignal.timeout(60);
    await expect(store.put('a', textEntry('1'), { signal })).rejects.toThrow(/timeout/);
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(proxy.count()).toBe(1);
    await store.close();
  });
});

describe('the client', () => {
  it.each([
    ['nobody has given it a logger, so it is not made to copy what is sent and read', undefined, true],
    [
      'it has a logger, which is shown copies',
      Object.assign(Object.create(null) as object, {
        info: vi.fn(),
        debug: vi.fn(),
        warn: vi.fn(),
        error: vi.fn(),
      }),
      false,
    ],
  ])('is left to itself: %s', async (_, logger, isAsItIs) => {
    const client = new DynamoDBClient({ ...config, endpoint: dynamodbEndpoint, ...(logger && { logger }) });
    const shown: [name: unknown, inputs: boolean, outputs: boolean][] = [];
    client.middlewareStack.add(
      (next, context) => async (args) => {
        const answer = await next(args);
        const isSame = (filter: string, data: object) =>
          (context[filter] as (data: object) => object)(data) === data;
        const ofInput = isSame('inputFilterSensitiveLog', args.input);
        shown.push([context.commandName, ofInput, isSame('outputFilterSensitiveLog', answer.output)]);
        return answer;
      },
      { step: 'initialize' },
    );
    const store = new DynamoStore({ table, client });
    await store.put('shown', textEntry('1'), call());
    await store.read(['shown'], call());
    await store.read(['shown', 'other'], call());
    expect(shown).toEqual(
      ['PutItemCommand', 'GetItemCommand', 'BatchGetItemCommand'].map((name) => [name, isAsItIs, isAsItIs]),
    );
    client.destroy();
  });

  it("that we make tells a logger of the user's what is sent", async () => {
    const silent = { debug: vi.fn(), warn: vi.fn(), error: vi.fn() };
    const logger = { ...silent, info: vi.fn() };
    const store = new DynamoStore({ table, client: { ...config, endpoint: dynamodbEndpoint, logger } });
    await store.read(['logged'], call());
    expect(logger.info).toHaveBeenCalledWith(expect.objectContaining({ commandName: 'GetItemCommand' }));
    await store.close();
  });

  it("that is the user's own keeps its middleware", async () => {
    const client = testClient();
    const before = client.middlewareStack.identify();
    const store = new DynamoStore({ table, client });
    await store.read(['a'], call());
    await store.close();
    expect(client.middlewareStack.identify()).toEqual(before);
    client.destroy();
  });

  it("is the user's own, with its settings, and is never destroyed", async () => {
    const client = testClient();
    const destroy = vi.spyOn(client, 'destroy');
    const store = new DynamoStore({ table, client });
    await store.put('injected', textEntry('1'), call());
    await store.disconnect();
    await store.close();

    expect(destroy).not.toHaveBeenCalled();
    await client.send(new PutItemCommand({ TableName: table, Item: { pk: { S: 'still open' } } }));
    expect(await rawItem(table, 'still open')).toBeDefined();
    destroy.mockRestore();
    client.destroy();
  });

  it('is made from a configuration, and closed with the store', async () => {
    const { requestHandler } = testClient().config;
    const destroy = vi.spyOn(requestHandler, 'destroy');
    const store = new DynamoStore({
      table,
      client: { ...config, endpoint: dynamodbEndpoint, requestHandler },
    });
    await store.put('configured', textEntry('1'), call());
    expect(destroy).not.toHaveBeenCalled();

    await store.close();
    await store.close();
    expect(destroy).toHaveBeenCalledTimes(1);
  });
});
