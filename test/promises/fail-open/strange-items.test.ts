import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freshTable, rawItem, testClient, type Item } from '../../support/dynamodb';
import { SECRETS, buildCache } from './build-cache';

const client = testClient();
let table: string;

beforeAll(async () => {
  table = await freshTable();
});
afterAll(() => {
  client.destroy();
});

/** The item that stands under a key after a change; undefined leaves an attribute out. */
async function change(key: string, changes: Record<string, Item[string] | undefined>): Promise<void> {
  const pk = `cache#${key}`;
  const { cache } = buildCache({ table, timeout: '5s' });
  await cache.set(key, 'stored');
  const changed = Object.entries({ ...(await rawItem(table, pk)), ...changes });
  const item = Object.fromEntries(changed.filter(([, attribute]) => attribute !== undefined)) as Item;
  await client.send(new PutItemCommand({ TableName: table, Item: item }));
}

const bytes = (...list: number[]) => ({ B: Uint8Array.from(list) });
const END_OF_TIME = '253402300799000';

const STRANGE: Record<string, Record<string, Item[string] | undefined>> = {
  'only a key': {
    v: undefined,
    ver: undefined,
    at: undefined,
    fresh: undefined,
    end: undefined,
    ttl: undefined,
  },
  'no value': { v: undefined },
  'no version': { ver: undefined },
  'no load time': { at: undefined },
  'no fresh time': { fresh: undefined },
  'no end': { end: undefined },
  'a value that is text': { v: { S: 'secret-value' } },
  'a value that is a number': { v: { N: '7' } },
  'a value that is null': { v: { NULL: true } },
  'a value that is a list': { v: { L: [{ S: 'secret-value' }] } },
  'an empty value': { v: bytes() },
  'a value of one byte': { v: bytes(0x01) },
  'a value that breaks off': { v: bytes(0x01, 0x05, 0xff) },
  'a value of bytes that mean nothing': { v: bytes(0xff, 0xfe, 0xfd) },
  'a value compressed by a newer release': { v: bytes(0x11, 0x00) },
  'a value in a newer format': { v: bytes(0x0f, 0x00) },
  'a version that is a number': { ver: { N: '7' } },
  'a version that is bytes': { ver: bytes(1) },
  'a version that is null': { ver: { NULL: true } },
  'an empty version': { ver: { S: '' }, v: undefined },
  'a load time that is text': { at: { S: 'yesterday' } },
  'a negative load time': { at: { N: '-1' } },
  'a fresh time that is text': { fresh: { S: END_OF_TIME } },
  'a fresh time of a fraction': { fresh: { N: '1.5' } },
  'an end that is text': { end: { S: 'NaN' } },
  'an end beyond all numbers': { end: { N: '1e+100' } },
  'an end in the year 9999': { end: { N: END_OF_TIME }, fresh: { N: END_OF_TIME } },
  'an end in seconds': { end: { N: String(Math.ceil(Date.now() / 1_000) + 600) } },
  'chunks of a newer release': { n: { N: '2' } },
  'chunks that are no number': { n: { S: 'two' } },
  'stamps of a newer release': { stamps: { M: { 'tag:7': { S: 'x' } } } },
};

describe.each(Object.entries(STRANGE))('an item with %s', (name, changes) => {
  it('is a miss, and healed by the next fill', async () => {
    await change(name, changes);
    const { cache, lines } = buildCache({ table, timeout: '5s' });
    const load = vi.fn(async () => 'loaded');

    expect(await cache.runInScope(() => cache.get(name))).toBeUndefined();
    expect(await cache.getOrLoad(name, load)).toBe('loaded');
    expect(await cache.getOrLoad(name, load)).toBe('loaded');
    expect(load).toHaveBeenCalledTimes(1);
    expect(cache.stats()).toMatchObject({ hits: 1, fills: 1, store: { failures: 0 } });
    const healed = await rawItem(table, `cache#${name}`);
    expect(Object.keys(healed ?? {}).sort()).toEqual(['at', 'end', 'fresh', 'pk', 'ttl', 'v', 'ver']);
    expect(lines.all.length).toBeLessThanOrEqual(1);
    for (const secret of SECRETS) expect(lines.all.join()).not.toContain(secret);
    await cache.close();
  });

  it('can be put over and deleted', async () => {
    const key = `${name}, put`;
    await change(key, changes);
    const { cache } = buildCache({ table, timeout: '5s' });
    expect(await cache.set(key, 'put')).toBe(true);
    expect(await cache.get(key)).toBe('put');
    await change(key, changes);
    await cache.delete(key);
    expect(await cache.get(key)).toBeUndefined();
    expect(cache.stats().store.failures).toBe(0);
    await cache.close();
  });
});

it.each([
  ['no ttl', { ttl: undefined }],
  ['a ttl that is text', { ttl: { S: 'never' } }],
  ['an attribute nobody knows', { owner: { S: 'someone' } }],
])('an item with %s is still a hit', async (name, changes) => {
  await change(name, changes);
  const { cache } = buildCache({ table, timeout: '5s' });
  expect(await cache.get(name)).toBe('stored');
  await cache.close();
});

it('a strange item harms none of those that are read with it', async () => {
  const { cache } = buildCache({ table, timeout: '5s' });
  const keys = Object.keys(STRANGE).map((name) => `among ${name}`);
  await Promise.all(keys.map((key, i) => change(key, STRANGE[Object.keys(STRANGE)[i]!]!)));
  await change('well', {});
  const found = await Promise.all([...keys, 'well'].map((key) => cache.get(key)));
  expect(found).toEqual([...keys.map(() => undefined), 'stored']);
  // The second one reads the stamp that one of them depends on.
  expect(cache.stats().store.operations).toBe(2);
  await cache.close();
});
