/** A table may hold anything: what is no entry is not taken for one, and what cannot be decoded is said to be so. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutItemCommand, type AttributeValue } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDynamoCache } from '../../lib/core';
import { freshTable, rawItem, scanAll, testClient } from '../support/dynamodb';
import { onTable, resultOf, type Ran } from './command-line';

const client = testClient();
let table: string;
let folder: string;
let cli: (line: readonly string[]) => Promise<Ran>;

beforeEach(async () => {
  table = await freshTable();
  folder = mkdtempSync(join(tmpdir(), 'strange-'));
  cli = onTable(table, '--json');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const number = (value: number): AttributeValue => ({ N: String(value) });
const later = () => number(Date.now() + 3_600_000);

async function put(pk: string, attributes: Record<string, AttributeValue>): Promise<void> {
  await client.send(new PutItemCommand({ TableName: table, Item: { pk: { S: pk }, ...attributes } }));
}

/** All that an entry has. */
const entry = (): Record<string, AttributeValue> => ({
  v: { B: Buffer.of(1) },
  ver: { S: 'version' },
  at: number(Date.now() - 60_000),
  fresh: later(),
  end: later(),
});

/** As entries, where no entries are. */
async function fillPlaces(): Promise<string[]> {
  const places = ['~lock:k', '~lease:k', '~stamp:t:x', '~chunk:abcdefghijklmnop:0', '~strange:k'];
  for (const place of places) await put(`cache#${place}`, entry());
  await put('no-address', entry());
  return [...places.map((place) => `cache#${place}`), 'no-address'];
}

describe('what stands where no entry can be', () => {
  it('is listed by no keys', async () => {
    await fillPlaces();
    await put('cache#theirs', { v: { S: 'a text' } });
    for (const more of [[], ['--expired']])
      expect(resultOf(await cli(['keys', ...more]))).toMatchObject({ keys: [], next: null });
  });

  it('is deleted by no flush, and neither is what does not say when it was loaded', async () => {
    const places = await fillPlaces();
    const { at: _at, ...timeless } = entry();
    await put('cache#timeless', timeless);
    const { ver: _ver, ...unversioned } = entry();
    await put('cache#unversioned', unversioned);
    const ran = await cli(['flush', '--yes', '--state-file', join(folder, 'state.json')]);
    expect(resultOf(ran)).toMatchObject({ deleted: 0, changed: 0, younger: 0 });
    const left = (await scanAll(table)).map(({ pk }) => pk?.S);
    expect(left).toEqual(expect.arrayContaining([...places, 'cache#timeless', 'cache#unversioned']));
  });

  it('is counted by stats as what it is', async () => {
    await fillPlaces();
    const { ver: _ver, ...unversioned } = entry();
    await put('cache#unversioned', unversioned);
    const { v: _v, ...empty } = entry();
    await put('cache#tombstone', empty);
    await put('cache#~chunk:abcdefghijklmnop:1', { v: { B: Buffer.of(1) }, of: { S: 'abcdefghijklmnop' } });
    await put('cache#real', entry());
    const { groups, others } = resultOf<{ groups: { method: string; entries: number }[]; others: object }>(
      await cli(['stats']),
    );
    // A chunk without an id, what no release writes, what is no address, what has no version.
    expect(others).toEqual({ tombstones: 1, stamps: 1, leases: 1, locks: 1, foreign: 4 });
    expect(groups.map(({ method, entries }) => [method, entries]).sort()).toEqual([
      ['(chunks)', 0],
      ['(keys)', 1],
    ]);
  });

  it('names no namespace to a recreate, and neither does what cannot be one', async () => {
    await put('theirs#~strange:k', entry());
    await put('no@good@name#k', entry());
    await put('shop@2#k', entry());
    const file = join(folder, 'settings.json');
    const ran = await cli(['table', 'recreate', '--yes', '--settings-file', file]);
    expect(resultOf<{ namespaces: string[] }>(ran).namespaces).toEqual(['cache', 'shop@2']);
  });
});

describe('inspect says', () => {
  const inspect = async (key: string) =>
    resultOf<{
      state: string;
      verdict: string;
      value?: { kind: string; why?: string };
      isSealed: boolean;
      isCompressed: boolean;
    }>(await cli(['inspect', key]));

  it('of what has a value and no version that it is foreign', async () => {
    await put('cache#theirs', { v: { B: Buffer.of(1) }, total: number(12.5) });
    expect(await inspect('theirs')).toMatchObject({
      state: 'foreign',
      verdict: expect.stringContaining('no entry of the cache'),
    });
  });

  it('of the mark of an eviction that it is one', async () => {
    const { v: _v, ...mark } = entry();
    await put('cache#k', mark);
    expect(await inspect('k')).toMatchObject({ state: 'tombstone' });
  });

  it.each<[string, Record<string, AttributeValue>]>([
    ['which', { n: number(2) }],
    ['how many', { n: number(9_999), of: { S: 'abcdefghijklmnop' } }],
  ])('of a value in chunks, without %s, that nobody can put it together', async (_what, chunks) => {
    await put('cache#k', { ...entry(), v: { B: Buffer.from('chunked:500000') }, ...chunks });
    expect(await inspect('k')).toMatchObject({
      state: 'foreign',
      verdict: expect.stringContaining('it says that it is in chunks'),
    });
  });

  it('of an error that was cached that it is one', async () => {
    const app = createDynamoCache({ table, client });
    const failing = () => Promise.reject(new RangeError('sold out'));
    await expect(app.getOrLoad('k', failing, { cacheErrors: () => '1m' })).rejects.toThrow('sold out');
    expect(await inspect('k')).toMatchObject({ state: 'fresh', value: { kind: 'error' } });
  });

  it('of damaged bytes that they cannot be unpacked, and of a sealed value that it is sealed', async () => {
    const seal = { keys: [{ id: 'one', key: Buffer.alloc(32, 7).toString('base64') }] };
    const sealing = createDynamoCache({ table, client, seal });
    await sealing.set('sealed', 'x'.repeat(5_000));
    await createDynamoCache({ table, client }).set('whole', { text: 'x'.repeat(5_000) });
    const whole = await rawItem(table, 'cache#whole');
    const bytes = Buffer.from(whole?.v?.B ?? []);
    await put('cache#torn', { ...whole, pk: { S: 'cache#torn' }, v: { B: bytes.subarray(0, 12) } });
    expect(await inspect('torn')).toMatchObject({
      isCompressed: true,
      isSealed: false,
      value: { kind: 'undecodable', why: expect.stringContaining('cannot be unpacked') },
    });
    expect(await inspect('sealed')).toMatchObject({ isSealed: true, value: { kind: 'sealed' } });
    expect(await inspect('whole')).toMatchObject({ isSealed: false, value: { kind: 'value' } });
  });

  it('of a sealed value in chunks that it is sealed, too', async () => {
    const seal = { keys: [{ id: 'one', key: Buffer.alloc(32, 7).toString('base64') }] };
    await createDynamoCache({ table, client, seal, timeout: '10s' }).set('large', randomBytes(900_000));
    expect(await inspect('large')).toMatchObject({
      state: 'fresh',
      isSealed: true,
      value: { kind: 'sealed' },
    });
  });
});
