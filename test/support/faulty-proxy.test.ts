import { GetItemCommand, PutItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dynamodbEndpoint, freshTable, rawItem, testClient } from './dynamodb';
import { FaultyProxy, type AnswerMode } from './faulty-proxy';

let table: string;
let proxy: FaultyProxy;
let client: DynamoDBClient;

const put = (pk: string, budgetMs = 5_000) =>
  client.send(
    new PutItemCommand({ TableName: table, Item: { pk: { S: pk }, text: { S: 'x'.repeat(2_000) } } }),
    {
      abortSignal: AbortSignal.timeout(budgetMs),
    },
  );
const get = (pk: string, budgetMs = 5_000) =>
  client.send(new GetItemCommand({ TableName: table, Key: { pk: { S: pk } } }), {
    abortSignal: AbortSignal.timeout(budgetMs),
  });
const errorOf = (sent: Promise<unknown>) =>
  sent.then(
    () => undefined,
    (error: unknown) => error as Error & { code?: string },
  );

beforeAll(async () => {
  table = await freshTable();
  proxy = await FaultyProxy.start(dynamodbEndpoint);
  client = testClient({ endpoint: proxy.endpoint, maxAttempts: 1 });
});
beforeEach(async () => {
  await put('kept');
  proxy.reset();
});
afterEach(async () => {
  proxy.mode = 'pass';
  proxy.intercept = undefined;
  await proxy.ready();
});
afterAll(async () => {
  client.destroy();
  await proxy.close();
});

it('many late answers at once are nothing to warn about', async () => {
  const warnings: Error[] = [];
  const warn = (warning: Error) => void warnings.push(warning);
  process.on('warning', warn);
  try {
    proxy.delay(20);
    await Promise.all(Array.from({ length: 30 }, () => get('kept')));
    await new Promise(setImmediate);
  } finally {
    process.off('warning', warn);
  }
  expect(warnings).toEqual([]);
});

describe('what the faulty proxy does to a request', () => {
  it('pass: forwards it and its answer unchanged', async () => {
    expect((await get('kept')).Item).toEqual(await rawItem(table, 'kept'));

    // An item of one attribute: dynoxide sends several in any order.
    await client.send(new PutItemCommand({ TableName: table, Item: { pk: { S: 'a' } } }));
    const ask = (endpoint: string) =>
      fetch(endpoint, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': 'DynamoDB_20120810.GetItem',
          'x-amz-date': '20260101T000000Z',
          authorization:
            'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
        },
        body: JSON.stringify({ TableName: table, Key: { pk: { S: 'a' } } }),
      });
    const [direct, proxied] = [await ask(dynamodbEndpoint), await ask(proxy.endpoint)];
    for (const header of ['content-type', 'content-length', 'x-amz-crc32', 'server']) {
      expect(proxied.headers.get(header)).toBe(direct.headers.get(header));
    }
    expect(await proxied.text()).toBe(await direct.text());
  });

  it('refuse: nothing listens, until it listens on the same port again', async () => {
    const { endpoint } = proxy;
    proxy.mode = 'refuse';
    await proxy.ready();
    expect(await errorOf(get('kept'))).toMatchObject({ code: 'ECONNREFUSED' });
    expect(proxy.count()).toBe(0);

    proxy.mode = 'pass';
    await proxy.ready();
    expect(proxy.endpoint).toBe(endpoint);
    expect((await get('kept')).Item).toBeDefined();
  });

  it('refuse: breaks the requests under way', async () => {
    proxy.mode = 'black-hole';
    const hanging = errorOf(get('kept'));
    await expect.poll(() => proxy.count('GetItem')).toBe(1);

    proxy.mode = 'refuse';
    expect(await hanging).toMatchObject({ code: 'ECONNRESET' });
  });

  it('black-hole: accepts it and never answers, and the engine does not see it', async () => {
    proxy.mode = 'black-hole';
    expect(await errorOf(put('unseen', 100))).toMatchObject({ name: 'AbortError' });
    expect(proxy.count('PutItem')).toBe(1);
    expect(await rawItem(table, 'unseen')).toBeUndefined();
  });

  it('slow-headers: answers late', async () => {
    proxy.delay(150);
    const start = performance.now();
    expect((await get('kept')).Item).toBeDefined();
    expect(performance.now() - start).toBeGreaterThanOrEqual(145);
    expect(await errorOf(get('kept', 50))).toMatchObject({ name: 'AbortError' });
  });

  it('stalled-body: sends status and headers, and only half of the body', async () => {
    proxy.mode = 'stalled-body';
    expect(await errorOf(get('kept', 200))).toMatchObject({ name: 'AbortError' });
  });

  it('reset: breaks the connection in the middle of the body', async () => {
    proxy.mode = 'reset';
    expect(await errorOf(get('kept'))).toMatchObject({ code: 'ECONNRESET' });
  });

  it('lost-response: the engine acts and nobody hears of it', async () => {
    proxy.mode = 'lost-response';
    expect(await errorOf(put('written'))).toMatchObject({ code: 'ECONNRESET' });
    expect(await rawItem(table, 'written')).toBeDefined();
  });

  it('garbage: 200 with a body that is not JSON', async () => {
    proxy.mode = 'garbage';
    expect(await errorOf(get('kept'))).toBeInstanceOf(SyntaxError);
  });

  it.each<[AnswerMode, string]>([
    ['status-500', 'InternalServerError'],
    ['throttle', 'ProvisionedThroughputExceededException'],
    ['throttling-exception', 'ThrottlingException'],
    ['access-denied', 'AccessDeniedException'],
  ])('%s: answers with %s, and the engine does not see it', async (mode, name) => {
    proxy.mode = mode;
    expect(await errorOf(put(mode))).toMatchObject({ name });
    expect(await rawItem(table, mode)).toBeUndefined();
  });
});

describe('how the faulty proxy is watched and steered', () => {
  it('counts requests by operation, retries included', async () => {
    const retrying = testClient({ endpoint: proxy.endpoint, maxAttempts: 3 });
    await get('kept');
    proxy.mode = 'status-500';
    await errorOf(retrying.send(new PutItemCommand({ TableName: table, Item: { pk: { S: 'x' } } })));
    retrying.destroy();

    expect(proxy.requests).toEqual({ GetItem: 1, PutItem: 3 });
    expect(proxy.count()).toBe(4);
    expect(proxy.count('GetItem', 'DeleteItem')).toBe(1);

    proxy.reset();
    expect(proxy.count()).toBe(0);
  });

  it('records operation, body and time, and forgets the oldest', async () => {
    const before = Date.now();
    await get('first');
    expect(proxy.recorded).toEqual([
      {
        operation: 'GetItem',
        body: { TableName: table, Key: { pk: { S: 'first' } } },
        at: expect.any(Number) as number,
      },
    ]);
    expect(proxy.recorded[0]?.at).toBeGreaterThanOrEqual(before);

    proxy.mode = 'access-denied';
    for (let i = 0; i < 1_000; i += 50)
      await Promise.all(Array.from({ length: 50 }, () => errorOf(get('other'))));
    expect(proxy.recorded).toHaveLength(1_000);
    expect(proxy.recorded.some(({ body }) => JSON.stringify(body).includes('first'))).toBe(false);
  });

  it('lets a test decide about single requests', async () => {
    proxy.mode = 'access-denied';
    proxy.intercept = ({ operation, body }) =>
      operation === 'GetItem' && JSON.stringify(body).includes('kept') ? 'pass' : undefined;

    expect((await get('kept')).Item).toBeDefined();
    expect(await errorOf(get('other'))).toMatchObject({ name: 'AccessDeniedException' });
  });

  it('lets a test hold a request back', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    proxy.intercept = async () => {
      await held;
      return undefined;
    };
    let isWritten = false;
    const writing = put('held').then(() => (isWritten = true));
    await expect.poll(() => proxy.count('PutItem')).toBe(1);
    expect([isWritten, await rawItem(table, 'held')]).toEqual([false, undefined]);

    release();
    await writing;
    expect(await rawItem(table, 'held')).toBeDefined();
  });

  it('keeps connections alive', async () => {
    const newcomer = testClient({ endpoint: proxy.endpoint });
    const ask = () => newcomer.send(new GetItemCommand({ TableName: table, Key: { pk: { S: 'kept' } } }));
    for (let i = 0; i < 3; i++) await ask();
    newcomer.destroy();

    expect([proxy.count('GetItem'), proxy.connections]).toEqual([3, 1]);
  });
});
