/** How commands are sent by a client of ours, and by one of the user's. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { DynamoStore } from '../../lib/core/dynamo-store';
import { createClient, destroyIfOurs } from '../../lib/dynamodb/client';
import { afterFile } from '../support/after-file';
import { dynamodbEndpoint, freshTable, testClient } from '../support/dynamodb';
import { call, textEntry } from './entries';

const OF_TESTS = {
  endpoint: dynamodbEndpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
};

let table: string;
beforeAll(async () => {
  table = await freshTable();
});

const clients: DynamoDBClient[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  for (const client of clients.splice(0)) destroyIfOurs(client);
});

/** A client as the module makes it, and a store on it. */
async function ourStore(overrides: object = {}): Promise<{ client: DynamoDBClient; store: DynamoStore }> {
  const client = await createClient({ ...OF_TESTS, ...overrides });
  clients.push(client);
  return { client, store: new DynamoStore({ table, client }) };
}

/** How often the SDK has put a GetItem's middleware together. */
function resolutions(): () => number {
  const resolve = vi.spyOn(GetItemCommand.prototype, 'resolveMiddleware');
  return () => resolve.mock.calls.length;
}

/** Middleware that does nothing. */
const nothing = <Next>(next: Next): Next => next;

describe('a client of ours', () => {
  it('puts the middleware of GetItem together once', async () => {
    const { store } = await ourStore();
    const resolved = resolutions();
    for (const key of ['a', 'b', 'c']) await store.read([key], call());
    expect(resolved()).toBe(1);
  });

  it('reads what it wrote, many at once', async () => {
    const { store } = await ourStore();
    const keys = Array.from({ length: 20 }, (_, i) => `many:${i}`);
    await Promise.all(keys.map((key) => store.put(key, textEntry(key), call())));
    const read = await Promise.all(keys.map((key) => store.read([key], call())));
    const texts = read.map((found, i) => {
      const stored = found.get(keys[i]!);
      return stored?.state === 'entry' && new TextDecoder().decode(stored.entry.bytes);
    });
    expect(texts).toEqual(keys);
  });

  it('closes the connection of the request whose signal ends it, and of no other', async () => {
    const held: ServerResponse[] = [];
    const server = createServer((_request, response) => held.push(response)).listen(0, '127.0.0.1');
    afterFile(async () => {
      server.closeAllConnections();
      server.close();
    });
    await once(server, 'listening');
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { store } = await ourStore({ endpoint });
    const ended = new AbortController();
    const going = new AbortController();

    const first = store.read(['ended'], { signal: ended.signal });
    const second = store.read(['going'], { signal: going.signal });
    await vi.waitFor(() => {
      expect(held).toHaveLength(2);
    });
    const closed = Promise.race(held.map(async (response) => once(response, 'close').then(() => response)));
    ended.abort(new Error('out of time'));
    await expect(first).rejects.toThrow('out of time');
    const over = await closed;
    const other = held.find((response) => response !== over);
    other?.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end('{}');
    expect([...(await second).values()]).toMatchObject([{ state: 'empty' }]);
  });

  it('sends nothing for a signal that has ended', async () => {
    const { store } = await ourStore();
    const resolved = resolutions();
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(store.read(['a'], { signal })).rejects.toThrow('too late');
    expect(resolved()).toBe(0);
  });

  it.each(['before', 'after'])(
    'sends as the SDK does with middleware that is added %s its first',
    async (when) => {
      const { client, store } = await ourStore();
      if (when === 'after') await store.read(['a'], call());
      const mixedUp: unknown[] = [];
      const seen: unknown[] = [];
      client.middlewareStack.add(
        (next, context) => async (args) => {
          // As tracing keeps a span: each command has a context of its own.
          const span = {};
          const own = context as Record<string, unknown>;
          own.span = span;
          const answer = await next(args);
          seen.push(context.commandName);
          if (own.span !== span) mixedUp.push(context.commandName);
          return answer;
        },
        { step: 'initialize', name: 'tracing' },
      );
      await Promise.all(['a', 'b'].map(async (key) => store.put(key, textEntry('1'), call())));
      expect(seen).toEqual(['PutItemCommand', 'PutItemCommand']);
      expect(mixedUp).toEqual([]);
    },
  );

  it.each<[string, (stack: DynamoDBClient['middlewareStack']) => void]>([
    ['is added', (stack) => stack.add(nothing, { step: 'build' })],
    [
      'is added beside another',
      (stack) => stack.addRelativeTo(nothing, { relation: 'before', toMiddleware: 'retryMiddleware' }),
    ],
    ['is removed', (stack) => stack.remove('recursionDetectionMiddleware')],
    ['is removed by a tag', (stack) => stack.removeByTag('RECURSION_DETECTION')],
    [
      'comes with a plugin',
      (stack) => stack.use({ applyToStack: (own) => own.add(nothing, { step: 'build' }) }),
    ],
  ])('puts the middleware together for each command again once some %s', async (_, change) => {
    const { client, store } = await ourStore();
    const resolved = resolutions();
    await store.read(['a'], call());
    change(client.middlewareStack);
    for (const key of ['b', 'c']) await store.read([key], call());
    expect(resolved()).toBe(3);
  });

  it('asks for credentials once', async () => {
    const credentials = vi.fn(async () => ({
      ...OF_TESTS.credentials,
      expiration: new Date(Date.now() + 3_600_000),
    }));
    const { store } = await ourStore({ credentials });
    await store.read(['a'], call());
    await store.put('b', textEntry('1'), call());
    expect(credentials).toHaveBeenCalledTimes(1);
  });

  it('is not made to copy what is sent and read for a logger that nobody has given it', async () => {
    const { store } = await ourStore();
    const shown: boolean[] = [];
    const resolve = Reflect.get(GetItemCommand.prototype, 'resolveMiddleware') as (
      ...args: unknown[]
    ) => never;
    vi.spyOn(GetItemCommand.prototype, 'resolveMiddleware').mockImplementation(function (
      this: GetItemCommand,
      stack,
      ...rest
    ) {
      stack.add(
        (next, context) => async (args) => {
          const answer = await next(args);
          const filters = context as Record<string, unknown>;
          shown.push(
            (filters.inputFilterSensitiveLog as (input: object) => object)(args.input) === args.input,
          );
          return answer;
        },
        { step: 'initialize' },
      );
      return resolve.call(this, stack, ...rest);
    });
    await store.read(['a'], call());
    expect(shown).toEqual([true]);
  });

  it.each([
    ['more than one attempt, whose waits in between the signal ends', { maxAttempts: 3 }],
    ['a retry strategy', { retryStrategy: { mode: 'standard', retry: vi.fn() } }],
    ['extensions', { extensions: [{ configure: vi.fn() }] }],
  ])('sends as the SDK does with %s', async (_, config) => {
    const { client } = await ourStore(config);
    const send = vi.spyOn(Object.getPrototypeOf(DynamoDBClient.prototype) as DynamoDBClient, 'send');
    send.mockResolvedValue({} as never);
    await new DynamoStore({ table, client }).read(['a'], call());
    expect(send).toHaveBeenCalledWith(expect.any(GetItemCommand), { abortSignal: expect.any(AbortSignal) });
  });

  it('keeps its middleware, and may be the base of a document client', async () => {
    const { client, store } = await ourStore();
    const before = client.middlewareStack.identify();
    await store.read(['a'], call());
    expect(client.middlewareStack.identify()).toEqual(before);
    // DynamoDBDocumentClient throws for one that is set so.
    expect(client.config.cacheMiddleware).not.toBe(true);
  });

  it('is asked itself when a test has replaced its "send"', async () => {
    const { client, store } = await ourStore();
    await store.read(['a'], call());
    const send = vi.spyOn(client, 'send').mockResolvedValue({} as never);
    await store.read(['a'], call());
    expect(send).toHaveBeenCalledWith(expect.any(GetItemCommand), { abortSignal: expect.any(AbortSignal) });
  });

  it('sends over its own connections', async () => {
    const { client, store } = await ourStore();
    const handle = vi.spyOn(client.config.requestHandler, 'handle');
    await store.read(['a'], call());
    expect(handle).toHaveBeenCalledTimes(1);
  });
});

describe("a client of the user's", () => {
  it('is used as it is: middleware added at any time sees the requests', async () => {
    const client = testClient();
    const store = new DynamoStore({ table, client });
    const resolved = resolutions();
    await store.read(['a'], call());
    const seen: unknown[] = [];
    client.middlewareStack.add(
      (next, context) => async (args) => {
        seen.push(context.commandName);
        return next(args);
      },
      { step: 'initialize', name: 'seeing' },
    );
    await store.read(['a'], call());
    expect(seen).toEqual(['GetItemCommand']);
    expect(resolved()).toBe(2);
    client.destroy();
  });
});
