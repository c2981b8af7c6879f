import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { Addresses } from '../../lib/key/addresses';
import { callKey, createDynamoCache, DynamoStore } from '../../lib/core';
import { itemBytes } from '../../lib/dynamodb/units';
import { freshTable, rawItem, scanAll, testClient } from '../support/dynamodb';
import { errorOf, onTable, resultOf, type Ran, type World } from './command-line';

const client = testClient();
interface Stats {
  readonly items: number;
  readonly bytes: number;
  readonly entries: object;
  readonly dollarsAMonth: number;
  readonly groups: { namespace: string; method: string; entries: number; expired: number }[];
  readonly others: object;
}

let table: string;
let cli: (line: readonly string[], world?: World) => Promise<Ran>;
beforeEach(async () => {
  table = await freshTable();
  cli = onTable(table, '--json');
});

describe('named caches', () => {
  it('are created with a TTL in seconds, listed, and deleted with their values', async () => {
    expect((await cli(['create', 'menus', '--ttl', '600'])).code).toBe(0);
    expect((await cli(['cache', 'create', 'dishes', '--ttl', '2h'])).code).toBe(0);
    const listed = resultOf<{ name: string; ttlMs: number }[]>(await cli(['list']));
    expect(listed.map(({ name, ttlMs }) => [name, ttlMs])).toEqual([
      ['dishes', 7_200_000],
      ['menus', 600_000],
    ]);
    expect(resultOf(await cli(['cache', 'list']))).toEqual(listed);

    const app = createDynamoCache({ table, client, namespace: 'menus', consistentRead: true });
    await app.set('k', 1);
    expect((await cli(['cache', 'delete', 'menus'])).code).toBe(2);
    expect((await cli(['cache', 'delete', 'menus', '--yes'])).code).toBe(0);
    expect(await app.get('k')).toBeUndefined();
    expect(resultOf<{ name: string }[]>(await cli(['list'])).map(({ name }) => name)).toEqual(['dishes']);
  });

  it('give set its TTL', async () => {
    await cli(['create', 'menus', '--ttl', '90s']);
    expect(resultOf(await cli(['set', 'k', '1', '--namespace', 'menus']))).toMatchObject({ ttlMs: 90_000 });
    expect(resultOf(await cli(['set', 'k', '1', '--namespace', 'others']))).toMatchObject({ ttlMs: 600_000 });
    expect(resultOf(await cli(['set', 'k', '1', '--namespace', 'menus', '--ttl', '5']))).toMatchObject({
      ttlMs: 5_000,
    });
  });

  it('are not created twice, nor deleted when they are not there, nor named what no namespace can be', async () => {
    await cli(['create', 'menus']);
    expect(errorOf(await cli(['create', 'menus', '--ttl', '1h']))).toMatchObject({ code: 'EXISTS' });
    const missing = await cli(['cache', 'delete', 'others', '--yes']);
    expect(missing.code).toBe(3);
    expect(errorOf(missing).hint).toContain('dynamo-cache delete <key>');
    expect((await cli(['create', 'a#b'])).code).toBe(2);
    expect(resultOf<{ ttlMs: number }[]>(await cli(['list']))[0]?.ttlMs).toBe(600_000);
  });

  it('survive a table that is recreated, a flush and a stray attribute', async () => {
    await cli(['create', 'menus']);
    await cli(['flush', '--yes', '--state-file', `/tmp/flush-${table}.json`]);
    await cli(['table', 'recreate', '--yes', '--settings-file', `/tmp/recreate-${table}.json`]);
    expect(resultOf<{ name: string }[]>(await cli(['list'])).map(({ name }) => name)).toEqual(['menus']);
    const item = await rawItem(table, '~caches');
    await client.send(
      new PutItemCommand({ TableName: table, Item: { ...item, 'cache:odd': { S: 'x' }, n: { N: '1' } } }),
    );
    expect(resultOf<unknown[]>(await cli(['list']))).toHaveLength(1);
    expect((await scanAll(table)).map(({ pk }) => pk?.S)).toContain('menus#~stamp:*');
  });
});

describe('stats', () => {
  it('counts entries by namespace and method, with sizes and what has ended', async () => {
    const shop = createDynamoCache({ table, client, namespace: 'shop' });
    const cache = createDynamoCache({ table, client });
    await shop.set(callKey('Menus.find', ['7']), 'x'.repeat(1_000));
    await shop.set(callKey('Menus.find', ['8']), 'x');
    await shop.set(callKey('Menus.list', ['x'.repeat(600)]), 'x');
    await cache.set('menu:7', 'x');
    await cache.set('z'.repeat(600), 'x');
    await cache.getOrLoad('leased', () => 1, { lease: true });
    await cache.delete('gone');
    await cache.evictTags('tag');
    const ended = { bytes: Uint8Array.of(1, 2), version: 'v', loadedAtMs: 1, freshUntilMs: 2, endsAtMs: 3 };
    await new DynamoStore({ table, client }).put(new Addresses('shop').entry('old'), ended, {
      signal: AbortSignal.timeout(5_000),
    });
    await client.send(
      new PutItemCommand({ TableName: table, Item: { pk: { S: 'order#7' }, total: { N: '12.50' } } }),
    );

    const stats = resultOf<Stats>(await cli(['stats']));
    const groups = Object.fromEntries(
      stats.groups.map((g) => [`${g.namespace} ${g.method}`, [g.entries, g.expired]]),
    );
    expect(groups).toEqual({
      'shop Menus.find': [2, 0],
      'shop Menus.list': [1, 0],
      'shop (keys)': [1, 1],
      'cache (keys)': [2, 0],
      'cache (long keys)': [1, 0],
    });
    expect(stats.others).toEqual({ tombstones: 1, stamps: 1, leases: 1, locks: 0, foreign: 1 });
    const items = await scanAll(table);
    expect(stats.items).toBe(items.length);
    expect(stats.bytes).toBe(items.reduce((sum, item) => sum + itemBytes(item), 0));
    expect(stats.groups[0]).toMatchObject({ namespace: 'shop', method: 'Menus.find' });
    expect(stats.entries).toMatchObject({ entries: 7, expired: 1 });
    const gigabytes = (stats.bytes + 100 * stats.items) / 1024 ** 3;
    expect(stats.dollarsAMonth).toBeCloseTo(gigabytes * 0.25, 12);
  });

  it('of one namespace counts that one', async () => {
    await createDynamoCache({ table, client, namespace: 'shop' }).set('k', 1);
    await createDynamoCache({ table, client, namespace: 'shopping' }).set('k', 1);
    const stats = resultOf<Stats>(await cli(['stats', '--namespace', 'shop']));
    expect(stats.groups.map(({ namespace }) => namespace)).toEqual(['shop']);
    const { out } = await onTable(table)(['stats']);
    expect(out).toMatch(/^all +2 /m);
    expect(out).toContain('less than $0.01 a month');
  });
});

describe('the size of an item', () => {
  it.each<[string, Parameters<typeof itemBytes>[0], number]>([
    ['text in UTF-8', { pk: { S: 'é' } }, 4],
    ['binary raw', { v: { B: new Uint8Array(10) } }, 11],
    ['flags', { a: { BOOL: true }, b: { NULL: true } }, 4],
    [
      'maps and lists',
      { m: { M: { a: { S: 'x' } } }, l: { L: [{ S: 'x' }] } },
      1 + 3 + 1 + 2 + 1 + 3 + 1 + 1,
    ],
    ['sets', { s: { SS: ['a', 'bc'] } }, 4],
    ['numbers', { n: { N: '1732150000' } }, 1 + 4],
  ])('counts %s', (_what, item, bytes) => {
    expect(itemBytes(item)).toBe(bytes);
  });
});
