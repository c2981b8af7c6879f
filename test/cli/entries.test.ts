import { randomBytes } from 'node:crypto';
import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DynamoStore, callKey, createDynamoCache, type DynamoCache } from '../../lib/core';
import { itemBytes, readUnits, writeUnits } from '../../lib/dynamodb/units';
import { Addresses } from '../../lib/key/addresses';
import { freshTable, rawItem, scanAll, testClient } from '../support/dynamodb';
import { commandLine, errorOf, onTable, resultOf, type Ran, type World } from './command-line';

let table: string;
let app: DynamoCache;
let cli: (line: readonly string[], world?: World) => Promise<Ran>;

beforeAll(async () => {
  table = await freshTable();
  // Large values take their time on a busy machine.
  app = createDynamoCache({ table, client: testClient(), consistentRead: true, timeout: '10s' });
  cli = onTable(table);
});
afterAll(() => app.close());

describe('get', () => {
  it('prints what the application has kept, JSON for scripts', async () => {
    await app.set('menu', {
      at: new Date(0),
      dishes: new Map([['soup', 2n]]),
      raw: Buffer.from('hi'),
      none: undefined,
    });
    expect(resultOf(await cli(['get', 'menu', '--json']))).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      dishes: { soup: '2' },
      raw: 'aGk=',
      none: null,
    });
    const { out } = await cli(['get', 'menu']);
    expect(out).toContain("Map(1) { 'soup' => 2n }");
  });

  it('prints a text as it is', async () => {
    await app.set('text', 'hello\n"world"');
    expect(await cli(['get', 'text'])).toEqual({ code: 0, out: 'hello\n"world"\n', err: '' });
  });

  it('tells undefined from nothing', async () => {
    await app.set('void', undefined);
    expect(await cli(['get', 'void'])).toMatchObject({ code: 0, out: 'undefined\n' });
    const missing = await cli(['get', 'nothing', '--json']);
    expect(missing).toMatchObject({ code: 3, out: '' });
    expect(errorOf(missing)).toMatchObject({
      code: 'ABSENT',
      hint: "dynamo-cache inspect 'nothing' says why.",
    });
  });

  it('reads the namespace and the version that it is told', async () => {
    const other = createDynamoCache({ table, client: testClient(), namespace: 'shop', version: '2' });
    await other.set('k', 'of shop');
    expect((await cli(['get', 'k', '--namespace', 'shop@2'])).out).toBe('of shop\n');
    expect((await cli(['get', 'k', '--namespace', 'shop'])).code).toBe(3);
  });

  it('says when the bytes cannot be read, instead of calling it a miss', async () => {
    class Dish {
      name = 'soup';
    }
    const typed = createDynamoCache({ table, client: testClient(), types: [Dish] });
    await typed.set('typed', new Dish());
    const ran = await cli(['get', 'typed', '--json']);
    expect(ran.code).toBe(1);
    expect(errorOf(ran).message).toContain('A stored value of typed');
  });
});

describe('set', () => {
  it('keeps JSON, and a text that is none, where the application finds it', async () => {
    expect(await cli(['set', 'a', '{"n":[1,null]}', '--ttl', '1h'])).toMatchObject({
      code: 0,
      out: 'a kept for 1h.\n',
    });
    expect(await app.get('a')).toEqual({ n: [1, null] });
    await cli(['set', 'b', 'plain words']);
    expect(await app.get('b')).toBe('plain words');
    await cli(['set', 'c', '5', '--text']);
    expect(await app.get('c')).toBe('5');
    await cli(['set', 'd', '-'], { stdin: '{"piped":true}' });
    expect(await app.get('d')).toEqual({ piped: true });
  });

  it.each([
    ['600', 600_000],
    ['90s', 90_000],
    ['1.5h', 5_400_000],
    ['90d', 90 * 86_400_000],
  ])('takes --ttl %s as %i ms', async (ttl, ms) => {
    const before = Date.now();
    await cli(['set', 'lived', '1', '--ttl', ttl]);
    const end = Number((await rawItem(table, 'cache#lived'))?.fresh?.N);
    expect(end).toBeGreaterThanOrEqual(before + ms);
    expect(end).toBeLessThanOrEqual(Date.now() + ms);
  });

  it('depends on its tags, and evict-tag reaches what the application has kept', async () => {
    await cli(['set', 'tagged', '1', '--tag', 'one', 'two']);
    await app.set('of-app', 2, { tags: ['two'] });
    expect(await app.get('tagged')).toBe(1);
    expect(await cli(['evict-tag', 'two', 'three', '--json'])).toMatchObject({ code: 0, err: '' });
    expect([await app.get('tagged'), await app.get('of-app')]).toEqual([undefined, undefined]);
  });
});

describe('evictions by the command line', () => {
  it('win against a load that is under way in an application', async () => {
    let release = (_value: string): void => undefined;
    const slow = app.getOrLoad('slow', () => new Promise<string>((resolve) => (release = resolve)));
    await expect.poll(() => app.stats().store.operations).toBeGreaterThan(0);
    await cli(['delete', 'slow']);
    release('from before');
    expect(await slow).toBe('from before');
    expect(await app.get('slow')).toBeUndefined();
  });

  it('say of each key whether it was there', async () => {
    await app.set('there', 1);
    expect(resultOf(await cli(['delete', 'there', 'gone', '--json']))).toEqual([
      { key: 'there', existed: true },
      { key: 'gone', existed: false },
    ]);
    expect(await app.get('there')).toBeUndefined();
  });

  it('reach one method, or the whole namespace and no other', async () => {
    const neighbour = createDynamoCache({
      table,
      client: testClient(),
      namespace: 'other',
      consistentRead: true,
    });
    await neighbour.set('k', 1);
    await app.set(callKey('Menus.find', ['7']), 1);
    await app.set(callKey('Menus.list', []), 2);
    await cli(['evict-method', 'Menus.find']);
    expect(await app.get(callKey('Menus.find', ['7']))).toBeUndefined();
    expect(await app.get(callKey('Menus.list', []))).toBe(2);
    expect(await cli(['clear', '--yes'])).toMatchObject({ code: 0 });
    expect(await app.get(callKey('Menus.list', []))).toBeUndefined();
    expect(await neighbour.get('k')).toBe(1);
  });

  it('leave stamps that outlive what the longest maxTtl allows', async () => {
    await cli(['evict-tag', 'lasting']);
    const stamp = await rawItem(table, new Addresses('cache').stamp('t:lasting'));
    expect(Number(stamp?.ttl?.N) * 1_000 - Date.now()).toBeGreaterThan(700 * 86_400_000);
  });

  it('clear asks where somebody can answer, and does nothing without an answer', async () => {
    await app.set('kept', 1);
    expect(await cli(['clear'])).toMatchObject({ code: 2, err: expect.stringContaining('--yes') });
    const declined = await cli(['clear'], { terminal: true, stdin: 'no\n' });
    expect(declined).toMatchObject({ code: 1, err: expect.stringContaining('Nothing was done') });
    expect(await app.get('kept')).toBe(1);
    expect(await cli(['clear'], { terminal: true, stdin: 'y\n' })).toMatchObject({ code: 0 });
    expect(await app.get('kept')).toBeUndefined();
  });
});

describe('inspect', () => {
  it('shows value, times, version, stamps, size and units of a fresh entry', async () => {
    await app.set('look', { a: 'x'.repeat(5_000) }, { ttl: '1h', tags: ['one'] });
    const report = resultOf<{
      itemBytes: number;
      loadedAtMs: number;
      freshUntilMs: number;
      stamps: unknown[];
    }>(await cli(['inspect', 'look', '--json']));
    const item = await rawItem(table, 'cache#look');
    expect(report).toMatchObject({
      key: 'look',
      partitionKey: 'cache#look',
      state: 'fresh',
      verdict: 'a hit',
      isCompressed: true,
      isSealed: false,
      version: item?.ver?.S,
      chunks: 1,
      valueBytes: item?.v?.B?.byteLength,
      readUnits: { eventual: 0.5, consistent: 1 },
      writeUnits: 1,
      value: { kind: 'value', value: { a: 'x'.repeat(5_000) } },
    });
    expect(report.freshUntilMs - report.loadedAtMs).toBeCloseTo(3_600_000, -3);
    expect(report.stamps).toContainEqual(expect.objectContaining({ name: 't:one', isValid: true }));
  });

  it('says which eviction made it a miss', async () => {
    await app.set('why', 1, { tags: ['two'] });
    await app.evictTags('two');
    const { code, out } = await cli(['inspect', 'why']);
    expect(code).toBe(0);
    expect(out).toContain('a miss: the tag two was evicted after it was loaded');
    await app.set('why2', 1);
    await app.clear();
    expect((await cli(['inspect', 'why2'])).out).toContain('a miss: the namespace was evicted');
    await app.delete('why2');
    expect((await cli(['inspect', 'why2'])).out).toContain('tombstone');
  });

  it('shows an ended, a stale and a foreign item as what they are', async () => {
    const store = new DynamoStore({ table, client: testClient() });
    const now = Date.now();
    const entry = {
      bytes: Uint8Array.of(9),
      version: 'v1',
      loadedAtMs: now - 9_000,
      freshUntilMs: now - 5_000,
      endsAtMs: now + 60_000,
    };
    const call = { signal: AbortSignal.timeout(5_000) };
    const at = (key: string) => new Addresses('fixed').entry(key);
    await store.put(at('stale'), entry, call);
    await store.put(at('ended'), { ...entry, endsAtMs: now - 1_000 }, call);
    const fixed = onTable(table, '--namespace', 'fixed', '--json');
    expect(resultOf(await fixed(['inspect', 'stale']))).toMatchObject({
      state: 'stale',
      value: { kind: 'undecodable' },
    });
    expect(resultOf(await fixed(['inspect', 'ended']))).toMatchObject({ state: 'expired' });
    expect((await fixed(['inspect', 'absent'])).code).toBe(3);
  });
});

describe('a value in chunks', () => {
  const large = () => ({ noise: randomBytes(900_000) });

  it('is shown whole, and its chunks count', async () => {
    const value = large();
    await app.set('large', value);
    const base64 = value.noise.toString('base64');
    expect(resultOf(await cli(['get', 'large', '--json']))).toEqual({ noise: base64 });
    const items = (await scanAll(table)).filter(
      ({ pk }) => pk?.S === 'cache#large' || pk?.S?.startsWith('cache#~chunk:'),
    );
    const sum = (of: (bytes: number) => number) =>
      items.reduce((total, item) => total + of(itemBytes(item)), 0);
    expect(items).toHaveLength(4);
    expect(resultOf(await cli(['inspect', 'large', '--json']))).toMatchObject({
      state: 'fresh',
      chunks: 3,
      isCompressed: false,
      itemBytes: sum((bytes) => bytes),
      readUnits: {
        eventual: sum((bytes) => readUnits(bytes, false)),
        consistent: sum((bytes) => readUnits(bytes, true)),
      },
      writeUnits: sum((bytes) => writeUnits(bytes)),
      value: { kind: 'value', value: { noise: base64 } },
    });
  });

  it('is said to be a miss while a chunk is not there', async () => {
    await app.set('torn', large());
    const id = (await rawItem(table, 'cache#torn'))?.of?.S;
    await testClient().send(
      new DeleteItemCommand({ TableName: table, Key: { pk: { S: `cache#~chunk:${id}:1` } } }),
    );
    expect(resultOf(await cli(['inspect', 'torn', '--json']))).toMatchObject({
      state: 'incomplete',
      chunks: 3,
      value: { kind: 'undecodable' },
    });
  });

  it('can be set and deleted', async () => {
    const text = randomBytes(450_000).toString('hex');
    expect(await cli(['set', 'large-set', '-', '--text'], { stdin: text })).toMatchObject({ code: 0 });
    expect(await app.get('large-set')).toBe(text);
    expect((await rawItem(table, 'cache#large-set'))?.n?.N).toBeDefined();
    expect(resultOf(await cli(['delete', 'large-set', '--json']))).toEqual([
      { key: 'large-set', existed: true },
    ]);
    expect(await app.get('large-set')).toBeUndefined();
  });
});

describe('a value of another shape', () => {
  it('that is sealed is said to be sealed, and its times and sizes are shown', async () => {
    const sealed = createDynamoCache({
      table,
      client: testClient(),
      namespace: 'sealed',
      seal: { keys: [{ id: 'one', key: Buffer.alloc(32, 7).toString('base64') }] },
    });
    await sealed.set('secret', { a: 'x'.repeat(5_000) });
    const at = onTable(table, '--namespace', 'sealed');
    const report = resultOf(await at(['inspect', 'secret', '--json']));
    expect(report).toMatchObject({
      state: 'fresh',
      isSealed: true,
      isCompressed: true,
      value: { kind: 'sealed' },
    });
    expect(report.freshUntilMs).toBeGreaterThan(Date.now());
    expect((await at(['inspect', 'secret'])).out).toMatch(
      /\(compressed, sealed\)[^]*only applications with its key/,
    );
  });

  it('that is a text is shown, of this cache and of another program', async () => {
    const json = createDynamoCache({ table, client: testClient(), namespace: 'json', codec: 'json' });
    await json.set('ours', { a: 1 });
    await testClient().send(
      new PutItemCommand({ TableName: table, Item: { pk: { S: 'json#theirs' }, v: { S: '{"b":2}' } } }),
    );
    const at = onTable(table, '--namespace', 'json', '--json');
    expect(resultOf(await at(['inspect', 'ours']))).toMatchObject({
      state: 'fresh',
      valueBytes: 7,
      value: { kind: 'value', value: { a: 1 } },
    });
    expect(resultOf(await at(['inspect', 'theirs']))).toMatchObject({
      state: 'foreign',
      value: { kind: 'value', value: { b: 2 } },
    });
  });
});

describe('where values are JSON texts', () => {
  const LAYOUT = { partitionKey: 'key', value: 'value' };

  it('set keeps one that applications and other programs read, and get finds both', async () => {
    const other = await freshTable(LAYOUT);
    const at = onTable(other, '--layout', 'key/value/ttl');
    const json = createDynamoCache({
      table: other,
      client: testClient(),
      layout: 'key/value/ttl',
      codec: 'json',
      consistentRead: true,
    });
    expect((await at(['set', 'ours', '{"a":[1,null]}', '--codec', 'json', '--ttl', '1h'])).code).toBe(0);
    expect(await json.get('ours')).toEqual({ a: [1, null] });
    const [stored] = await scanAll(other);
    expect(stored?.value).toEqual({ S: '{"a":[1,null]}' });
    expect(resultOf(await at(['get', 'ours', '--json']))).toEqual({ a: [1, null] });
    await testClient().send(
      new PutItemCommand({
        TableName: other,
        Item: {
          key: { S: 'cache#theirs' },
          value: { S: '{"b":2}' },
          ttl: { N: String(Math.ceil(Date.now() / 1_000) + 3_600) },
        },
      }),
    );
    expect(resultOf(await at(['get', 'theirs', '--json']))).toEqual({ b: 2 });
    expect((await at(['delete', 'theirs'])).code).toBe(0);
    expect((await at(['get', 'theirs'])).code).toBe(3);
    expect((await at(['get', 'nothing'])).code).toBe(3);
  });

  it('get reads what was written without the codec, too, and says when a text is no JSON', async () => {
    const json = createDynamoCache({ table, client: testClient(), codec: 'json', namespace: 'mixed' });
    const at = onTable(table, '--namespace', 'mixed');
    await at(['set', 'binary', 'hello']);
    expect(await json.get('binary')).toBe('hello');
    expect((await at(['get', 'binary'])).out).toBe('hello\n');
    await testClient().send(
      new PutItemCommand({ TableName: table, Item: { pk: { S: 'mixed#broken' }, v: { S: '{' } } }),
    );
    expect(errorOf(await at(['get', 'broken', '--json'])).message).toContain('A stored value of broken');
  });
});

describe('explain-key', () => {
  it('shows the key that the library makes, and sends nothing', async () => {
    const args = ['7', { page: 1, a: [null, true] }];
    const ran = await commandLine(
      ['explain-key', 'Menus.find', JSON.stringify(args), '--json', '--namespace', 'shop'],
      {
        env: { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined },
      },
    );
    const key = callKey('Menus.find', args);
    expect(resultOf(ran)).toMatchObject({
      key,
      partitionKey: new Addresses('shop').entry(key),
      stamps: ['shop#~stamp:*', 'shop#~stamp:m:Menus.find'],
      isDigest: false,
    });
  });

  it('takes one argument without brackets, none at all, and long ones', async () => {
    expect(resultOf(await commandLine(['explain-key', 'A.b', '"7"', '--json'])).key).toBe(
      callKey('A.b', ['7']),
    );
    expect(resultOf(await commandLine(['explain-key', 'A.b', '--json'])).key).toBe('A.b()');
    const long = resultOf(
      await commandLine(['explain-key', 'A.b', JSON.stringify(['x'.repeat(600)]), '--json']),
    );
    expect(long).toMatchObject({ isDigest: true, key: callKey('A.b', ['x'.repeat(600)]) });
  });
});

describe('keys', () => {
  it('lists the keys of one namespace: no marks of the cache, none that have ended', async () => {
    const listed = createDynamoCache({ table, client: testClient(), namespace: 'listed' });
    const names = Array.from({ length: 7 }, (_, i) => `menu:${i}`);
    await listed.setMany([...names, '~odd', 'other', 'z'.repeat(600)].map((key) => [key, 1] as const));
    await listed.set('ended', 1, { ttl: 1 });
    await listed.delete('other');
    await listed.evictTags('some');
    const cliListed = onTable(table, '--namespace', 'listed');

    const { keys, next } = resultOf<{ keys: { key: string; isDigest: boolean }[]; next: unknown }>(
      await cliListed(['keys', '--json']),
    );
    expect(next).toBeNull();
    expect(
      keys
        .filter(({ isDigest }) => !isDigest)
        .map(({ key }) => key)
        .sort(),
    ).toEqual([...names, '~odd'].sort());
    expect(keys.filter(({ isDigest }) => isDigest).map(({ key }) => key)).toEqual([
      expect.stringMatching(/^~sha256:/),
    ]);
    expect((await cliListed(['keys', 'menu:'])).out.trim().split('\n').sort()).toEqual(names);
    expect((await cliListed(['keys', '--expired'])).out).toContain('ended');
    const all = await cliListed(['keys', 'menu:', '--all', '--json']);
    expect(
      all.out
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { key: string }).key)
        .sort(),
    ).toEqual(names);
  });

  it('lists values in chunks once, and texts of codec json; stats counts and flush deletes both', async () => {
    const shapes = { table, client: testClient(), namespace: 'shapes', timeout: '10s' } as const;
    await createDynamoCache(shapes).set('large', randomBytes(900_000));
    await createDynamoCache({ ...shapes, codec: 'json' }).set('text', 1);
    await createDynamoCache(shapes).set('held', 1);
    const lock = new Addresses('shapes').lock('held');
    await testClient().send(
      new PutItemCommand({
        TableName: table,
        Item: { pk: { S: lock }, ver: { S: 'v' }, v: { B: Buffer.of(1) } },
      }),
    );
    const at = onTable(table, '--namespace', 'shapes', '--json');
    const listed = async () =>
      resultOf<{ keys: { key: string }[] }>(await at(['keys', '--expired']))
        .keys.map(({ key }) => key)
        .sort();
    expect(await listed()).toEqual(['held', 'large', 'text']);
    const { groups, others, entries } = resultOf<{
      groups: { method: string; entries: number; bytes: number }[];
      others: object;
      entries: object;
    }>(await at(['stats']));
    expect(entries).toMatchObject({ entries: 3 });
    const chunks = groups.find(({ method }) => method === '(chunks)');
    expect(chunks?.entries).toBe(0);
    expect(chunks?.bytes).toBeGreaterThan(900_000);
    expect(others).toEqual({ tombstones: 0, stamps: 0, leases: 0, locks: 1, foreign: 0 });
    expect(resultOf(await at(['flush', '--yes']))).toMatchObject({ deleted: 3 });
    expect(await listed()).toEqual([]);
    const left = (await scanAll(table)).filter(({ pk }) => pk?.S?.startsWith('shapes#'));
    expect(left.some(({ pk }) => pk?.S === lock)).toBe(true);
    expect(left.filter(({ pk }) => pk?.S?.includes('~chunk:'))).toHaveLength(3);
    expect((await at(['table', 'doctor'])).out).not.toContain('shapes#~chunk');
  });

  it('goes on where a page has ended', async () => {
    const paged = onTable(table, '--namespace', 'listed', '--json');
    const seen: string[] = [];
    let after: string[] = [];
    for (let page = 0; page < 10; page++) {
      const { keys, next } = resultOf<{ keys: { key: string }[]; next: string | null }>(
        await paged(['keys', 'menu:', '--limit', '3', ...after]),
      );
      seen.push(...keys.map(({ key }) => key));
      if (next === null) break;
      expect(keys).toHaveLength(3);
      after = ['--after', next];
    }
    expect(seen.sort()).toEqual(Array.from({ length: 7 }, (_, i) => `menu:${i}`));
  });
});
