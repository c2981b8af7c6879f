import { randomBytes } from 'node:crypto';
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { createDynamoCache } from '../../lib/core';
import { TableConnection } from '../../lib/cli/connection';
import { eventsOf } from '../../lib/cli/stream-events';
import { resolveSettings } from '../../lib/cli/settings';
import type { Context } from '../../lib/cli/context';
import { dynamodbEndpoint, dynamodbEngine, freshTable, testClient } from '../support/dynamodb';
import { FaultyProxy, canned } from '../support/faulty-proxy';
import { afterFile } from '../support/after-file';
import { dropTable } from '../support/dynamodb';
import { commandLine, errorOf, onTable } from './command-line';
import { ScriptedDynamoDB } from './scripted-dynamodb';

const client = testClient();

async function tableWithStream(view: string): Promise<string> {
  const table = `test-tail-${view.toLowerCase()}-${Date.now()}`;
  afterFile(() => dropTable(table));
  await onTable(table)(['table', 'create', '--stream', view]);
  return table;
}

describe.skipIf(dynamodbEngine === 'dynalite')('tail', () => {
  it.each(['NEW_IMAGE', 'KEYS_ONLY'])(
    'prints what is written, evicted and deleted, by a stream of %s',
    async (view) => {
      const table = await tableWithStream(view);
      const shop = createDynamoCache({ table, client, namespace: 'shop' });
      const other = createDynamoCache({ table, client, namespace: 'other' });
      let isFollowing = false;
      const tail = onTable(table, '--json')(['tail', '--namespace', 'shop', '--count', '4'], {
        onText: (text) => (isFollowing ||= text.includes('Following the stream')),
      });
      await expect.poll(() => isFollowing).toBe(true);
      await other.set('unheard', 1);
      await shop.getOrLoad('menu:7', () => 1, { lease: true });
      await shop.set('menu:8', 1);
      await shop.delete('menu:8');
      await shop.evictTags('dishes');
      await client.send(new DeleteItemCommand({ TableName: table, Key: { pk: { S: 'shop#menu:7' } } }));
      const { code, out } = await tail;
      expect(code).toBe(0);
      const events = out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { kind: string; what: string; namespace: string });
      expect(events.every(({ namespace }) => namespace === 'shop')).toBe(true);
      const told = events.map(({ kind, what }) => `${kind} ${what}`);
      // The item says what stands there now: of a key that was written and evicted at once, the eviction twice.
      const known = [
        'written menu:7',
        'changed menu:7',
        'written menu:8',
        'evicted menu:8',
        'evicted the tag dishes',
        'deleted menu:7',
      ];
      expect(told.filter((one) => !known.includes(one))).toEqual([]);
      if (view === 'NEW_IMAGE')
        expect(told.slice().sort()).toEqual(expect.arrayContaining(['evicted menu:8', 'written menu:8']));
    },
  );

  it('says that there is no stream, and how to switch it on', async () => {
    const table = await freshTable();
    const ran = await onTable(table, '--json')(['tail']);
    expect(ran.code).toBe(1);
    expect(errorOf(ran)).toEqual({
      code: 'NO_STREAM',
      message: `The table ${table} has no stream to follow.`,
      hint: `Switch it on: aws dynamodb update-table --table-name ${table} --stream-specification StreamEnabled=true,StreamViewType=KEYS_ONLY`,
    });
  });

  it('ends in the same way when the stream is switched off meanwhile', async () => {
    const table = await tableWithStream('KEYS_ONLY');
    const proxy = await FaultyProxy.start(dynamodbEndpoint);
    try {
      proxy.intercept = ({ operation }) => {
        if (operation === 'GetRecords') return canned('TrimmedDataAccessException');
        const isOff = operation === 'DescribeTable' && proxy.count('GetRecords') > 0;
        return isOff ? { status: 200, body: { Table: { TableName: table } } } : undefined;
      };
      const ran = await commandLine(['tail', '--json', '--table', table, '--endpoint', proxy.endpoint]);
      expect({ code: ran.code, out: ran.out }).toEqual({ code: 1, out: '' });
      expect(ran.err.trim().split('\n').at(-1)).toContain('"NO_STREAM"');
    } finally {
      await proxy.close();
    }
  });

  it('says nothing of chunks, locks and leases: a large value is one line', async () => {
    const table = await tableWithStream('NEW_IMAGE');
    const app = createDynamoCache({ table, client, timeout: '10s' });
    let isFollowing = false;
    const tail = onTable(table, '--json')(['tail', '--count', '2'], {
      onText: (text) => (isFollowing ||= text.includes('Following the stream')),
    });
    await expect.poll(() => isFollowing).toBe(true);
    const lock = await app.lock('locked', { ttl: '1m' });
    await app.set('large', randomBytes(900_000));
    await lock.release();
    await app.getOrLoad('last', () => 1, { lease: true });
    const { code, out } = await tail;
    expect(code).toBe(0);
    const told = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { kind: string; what: string });
    expect(told.map(({ kind, what }) => `${kind} ${what}`)).toEqual(['written large', 'written last']);
  });
});

it('a record of another sort key is nothing of the cache', async () => {
  const layout = resolveSettings({ table: 'cache-prod', layout: 'sortKey=sk' }, {});
  const at = (sk: string) => ({
    eventName: 'REMOVE',
    dynamodb: { Keys: { pk: { S: 'shop#k' }, sk: { S: sk } } },
  });
  const events = await eventsOf([at('order'), at('entry')], { settings: layout } as Context);
  expect(events).toHaveLength(1);
});

describe.skipIf(dynamodbEngine === 'dynalite')('tail of a stream of KEYS_ONLY', () => {
  /** The keys that were looked up. */
  const lookedUp = (proxy: FaultyProxy) =>
    proxy.recorded
      .filter(({ operation }) => operation === 'BatchGetItem')
      .flatMap(({ body }) => {
        const { RequestItems } = body as { RequestItems: Record<string, { Keys: { pk: { S: string } }[] }> };
        return Object.values(RequestItems).flatMap(({ Keys }) => Keys.map(({ pk }) => pk.S));
      });

  async function following(count: string, work: (table: string, proxy: FaultyProxy) => Promise<void>) {
    const table = await tableWithStream('KEYS_ONLY');
    const proxy = await FaultyProxy.start(dynamodbEndpoint);
    let isFollowing = false;
    try {
      const line = ['tail', '--namespace', 'shop', '--count', count, '--json'];
      const tail = commandLine([...line, '--table', table, '--endpoint', proxy.endpoint], {
        onText: (text) => (isFollowing ||= text.includes('Following the stream')),
      });
      await expect.poll(() => isFollowing).toBe(true);
      await work(table, proxy);
      return { ...(await tail), keys: lookedUp(proxy) };
    } finally {
      await proxy.close();
    }
  }

  it('looks up what it prints, and nothing of other namespaces', async () => {
    const { code, keys } = await following('1', async (table) => {
      await createDynamoCache({ table, client, namespace: 'other' }).set('unheard', 1);
      await createDynamoCache({ table, client, namespace: 'shop' }).set('k', 1);
    });
    expect(code).toBe(0);
    expect(keys).toEqual(['shop#k']);
  });

  it('looks up again what could not be looked up, and loses none of it', async () => {
    // More than the SDK itself tries.
    let illnesses = 5;
    const { code, out, err } = await following('2', async (table, proxy) => {
      proxy.intercept = ({ operation }) =>
        operation === 'BatchGetItem' && illnesses-- > 0 ? 'status-500' : undefined;
      const shop = createDynamoCache({ table, client, namespace: 'shop' });
      await shop.set('a', 1);
      await shop.set('b', 1);
    });
    expect(code).toBe(0);
    expect(out.match(/"what":"[ab]"/g)?.sort()).toEqual(['"what":"a"', '"what":"b"']);
    expect(err).toContain('What was written could not be looked up yet: ');
  });

  it('ends at once where it may not look up, and says what is not permitted', async () => {
    const { code, err } = await following('1', async (table, proxy) => {
      proxy.intercept = ({ operation }) => (operation === 'BatchGetItem' ? 'access-denied' : undefined);
      await createDynamoCache({ table, client, namespace: 'shop' }).set('k', 1);
    });
    expect(code).toBe(1);
    expect(err).toMatch(/Not permitted: dynamodb:BatchGetItem on the table/);
    expect(err).not.toContain('looked up yet');
  });
});

describe('the look-up', () => {
  const item = (pk: string, more: object) => ({ pk: { S: pk }, ...more });
  const TOLD: Record<string, object> = {
    'cache#ours': item('cache#ours', { ver: { S: 'x' }, fresh: { N: '1' } }),
    'cache#mark': item('cache#mark', { ver: { S: 'y' } }),
    'cache#theirs': item('cache#theirs', {}),
  };

  it('asks again for what was left unprocessed, and tells a mark from the item of another program', async () => {
    // One key an answer, and the answer names the table by its name.
    const scripted = await ScriptedDynamoDB.start(({ body }) => {
      const [{ Keys }] = Object.values(body.RequestItems as object) as [{ Keys: { pk: { S: string } }[] }];
      const [first, ...rest] = Keys;
      return {
        Responses: { 'cache-prod': [TOLD[first!.pk.S]] },
        UnprocessedKeys: rest.length > 0 ? { 'cache-prod': { Keys: rest } } : {},
      };
    });
    const { signal } = new AbortController();
    const settings = resolveSettings(
      {
        table: 'arn:aws:dynamodb:us-east-1:111122223333:table/cache-prod',
        endpoint: scripted.endpoint,
      },
      {},
    );
    const connection = new TableConnection(settings, signal);
    try {
      const records = Object.keys(TOLD).map((pk) => ({ dynamodb: { Keys: { pk: { S: pk } } } }));
      const events = await eventsOf(records, { settings, connection, signal } as Context);
      expect(events.map(({ kind, what }) => `${kind} ${what}`)).toEqual([
        'written ours',
        'evicted mark',
        'written theirs',
      ]);
      expect(scripted.asked).toHaveLength(3);
    } finally {
      await connection.close();
      await scripted.close();
    }
  });
});

describe('a record of the stream', () => {
  const settings = resolveSettings({ table: 'cache-prod' }, {});
  const context = { settings } as Context;
  const record = (pk: string, more: object = {}, dynamodb: object = {}) => ({
    ...more,
    dynamodb: { Keys: { pk: { S: pk } }, ...dynamodb },
  });
  const byTtl = { userIdentity: { principalId: 'dynamodb.amazonaws.com' } };

  it.each<[string, object, string | undefined]>([
    ['written', record('shop#k', { eventName: 'MODIFY' }, { NewImage: { v: { B: 'x' } } }), 'written k'],
    ['evicted', record('shop#k', { eventName: 'MODIFY' }, { NewImage: { ver: { S: 'x' } } }), 'evicted k'],
    ['expired', record('shop#k', { eventName: 'REMOVE', ...byTtl }), 'expired k'],
    [
      'expired, as DynamoDB Local calls it',
      record('shop#k', { eventName: 'UNKNOWN', ...byTtl }),
      'expired k',
    ],
    ['deleted', record('shop#k', { eventName: 'REMOVE' }), 'deleted k'],
    ['an evicted namespace', record('shop#~stamp:*', { eventName: 'INSERT' }), 'evicted the namespace'],
    ['an evicted method', record('shop#~stamp:m:A.b', { eventName: 'INSERT' }), 'evicted the method A.b'],
    [
      'a stamp that has expired',
      record('shop#~stamp:t:x', { eventName: 'REMOVE', ...byTtl }),
      'expired the tag x',
    ],
    ['a chunk', record('shop#~chunk:abcdefghijklmnop:0', { eventName: 'INSERT' }), undefined],
    ['a lock', record('shop#~lock:k', { eventName: 'INSERT' }), undefined],
    ['what no release writes', record('shop#~other:k', { eventName: 'INSERT' }), undefined],
    ['a lease', record('shop#~lease:k', { eventName: 'INSERT' }), undefined],
    ['the item of somebody else', record('order', { eventName: 'INSERT' }), undefined],
    ['nothing', {}, undefined],
  ])('of %s is told as that', async (_what, given, expected) => {
    const events = await eventsOf([given], context);
    expect(events.map(({ kind, what }) => `${kind} ${what}`)).toEqual(
      expected === undefined ? [] : [expected],
    );
  });
});
