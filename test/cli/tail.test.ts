import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { createDynamoCache } from '../../lib/core';
import { eventsOf } from '../../lib/cli/stream-events';
import { resolveSettings } from '../../lib/cli/settings';
import type { Context } from '../../lib/cli/context';
import { dynamodbEngine, freshTable, testClient } from '../support/dynamodb';
import { afterFile } from '../support/after-file';
import { dropTable } from '../support/dynamodb';
import { errorOf, onTable } from './command-line';

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
    expect(errorOf(ran).message).toMatch(/has no stream; switch it on: aws dynamodb update-table/);
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
