import { randomBytes } from 'node:crypto';
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { createDynamoCache } from '../../lib/core';
import { eventsOf } from '../../lib/cli/stream-events';
import { resolveSettings } from '../../lib/cli/settings';
import type { Context } from '../../lib/cli/context';
import { dynamodbEndpoint, dynamodbEngine, freshTable, testClient } from '../support/dynamodb';
import { FaultyProxy, canned } from '../support/faulty-proxy';
import { afterFile } from '../support/after-file';
import { dropTable } from '../support/dynamodb';
import { commandLine, errorOf, onTable } from './command-line';

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
