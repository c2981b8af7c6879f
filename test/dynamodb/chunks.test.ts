import { createHash } from 'node:crypto';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import type { DynamoCacheOptions } from '../../lib/core';
import { DynamoStore } from '../../lib/core/dynamo-store';
import { ValueTooLargeError } from '../../lib/dynamodb/chunked-values';
import { resolveLayout } from '../../lib/dynamodb/layout';
import { changeOf } from '../../lib/dynamodb/stream-record';
import { Addresses } from '../../lib/key/addresses';
import { ManualClock } from '../../lib/testing';
import { type Entry, TOMBSTONE_LIFE_MS, newTombstone, newVersion } from '../../lib/tiers/entry';
import { afterFile } from '../support/after-file';
import { type Item, dynamodbEndpoint, freshTable, rawItem, scanAll, testClient } from '../support/dynamodb';
import { FaultyProxy } from '../support/faulty-proxy';
import { call, entryOf, textEntry } from './entries';
import { type Sent, recordingClient } from './recording-client';

const MB = 1_024 * 1_024;
const client = testClient();
const shop = new Addresses('shop');

let table: string;
let keys = 0;
beforeAll(async () => {
  table = await freshTable();
});

/** An address that no other test uses. */
const anAddress = () => shop.entry(`large:${keys++}`);

function storeOf(options: DynamoCacheOptions = {}): DynamoStore {
  return new DynamoStore({ table, client, ...options });
}

/** Bytes that are different in each chunk. */
function large(bytes = MB, seed = 1): Uint8Array {
  const value = new Uint8Array(bytes);
  for (let i = 0; i < bytes; i++) value[i] = (i * seed + (i >> 10)) % 251;
  return value;
}

/** Megabytes are compared by it: byte by byte takes minutes. */
const digestOf = (bytes: Uint8Array) => createHash('sha1').update(bytes).digest('hex');

async function read(store: DynamoStore, address: string, consistent = true) {
  const stored = (await store.read([address], { ...call(), consistent })).get(address);
  if (stored?.state !== 'entry') return stored;
  return { ...stored, entry: { ...stored.entry, bytes: digestOf(stored.entry.bytes) } };
}

const standing = (entry: Entry) => ({
  state: 'entry',
  version: entry.version,
  entry: { ...entry, bytes: digestOf(entry.bytes) },
});
const missing = ({ version }: { version: string }) => ({ state: 'empty', version });

/** The addresses of the chunks that a manifest names. */
async function chunksOf(address: string): Promise<string[]> {
  const manifest = await rawItem(table, address);
  return Array.from({ length: Number(manifest?.n?.N) }, (_, i) => `shop#~chunk:${manifest?.of?.S}:${i}`);
}

async function change(pk: string, attributes: Item): Promise<void> {
  await client.send(
    new PutItemCommand({ TableName: table, Item: { ...(await rawItem(table, pk)), ...attributes } }),
  );
}

async function put(bytes = large(), overrides: Partial<Entry> = {}) {
  const [address, entry] = [anAddress(), entryOf(bytes, overrides)];
  await storeOf().put(address, entry, call());
  return { address, entry, chunks: await chunksOf(address) };
}

const writes = (sent: Sent[]) => sent.filter(({ command }) => command === 'BatchWriteItem');
const requestsIn = ({ input }: Sent) => (input.RequestItems as Record<string, unknown[]>)[table]!;

describe('a value that one item does not hold', () => {
  it.each([1, 4, 8])('of %i MB is filled and comes back as it was', async (megabytes) => {
    const [address, entry] = [
      anAddress(),
      entryOf(large(megabytes * MB), { stamps: new Map([['t:7', 'x']]) }),
    ];
    expect(await storeOf().fill(address, entry, undefined, call())).toEqual({ filled: true });
    expect(await read(storeOf(), address)).toEqual(standing(entry));
    expect(await read(storeOf(), address, false)).toEqual(standing(entry));
  });

  it('is a manifest without the value, and chunks that no scan or stream takes for entries', async () => {
    const { address, entry, chunks } = await put();
    const manifest = await rawItem(table, address);
    expect(manifest).toMatchObject({ n: { N: '3' }, ver: { S: entry.version } });
    expect(Buffer.from(manifest!.v!.B!).toString()).toBe(`chunked:${MB}`);
    for (const [part, pk] of chunks.entries()) {
      const item = await rawItem(table, pk);
      expect(Object.keys(item!).sort()).toEqual(['n', 'of', 'pk', 'ttl', 'v']);
      expect(item).toMatchObject({ n: { N: String(part) }, of: manifest!.of });
      expect(changeOf({ dynamodb: { Keys: { pk: { S: pk } } } }, resolveLayout())).toBeUndefined();
    }
    expect(changeOf({ dynamodb: { Keys: { pk: { S: address } } } }, resolveLayout())).toMatchObject({
      address,
    });
  });

  it('has chunks that outlive every manifest which names them', async () => {
    const nowMs = Date.now();
    const ttlOf = async (pk: string) => Number((await rawItem(table, pk))?.ttl?.N);
    for (const endsAtMs of [
      nowMs - 1,
      nowMs + 1,
      nowMs + TOMBSTONE_LIFE_MS,
      nowMs + 24 * TOMBSTONE_LIFE_MS,
    ]) {
      const { address, chunks } = await put(large(), { endsAtMs });
      for (const chunk of chunks) expect(await ttlOf(chunk)).toBeGreaterThanOrEqual(await ttlOf(address));
    }
  });

  it('has such chunks when its manifest is written much later, too', async () => {
    const clock = new ManualClock(Date.now());
    const { client } = recordingClient(testClient(), ({ command, input }, send) => {
      if (command === 'BatchWriteItem') clock.advance(TOMBSTONE_LIFE_MS / 2);
      return send(input);
    });
    const address = anAddress();
    await storeOf({ client, clock }).put(address, entryOf(large()), call());
    const [manifest, chunk] = [
      await rawItem(table, address),
      await rawItem(table, (await chunksOf(address))[0]!),
    ];
    expect(Number(chunk?.ttl?.N)).toBeGreaterThanOrEqual(Number(manifest?.ttl?.N));
  });

  it('is kept under the names and the sort key of a layout', async () => {
    const other = await freshTable({ partitionKey: 'id', sortKey: 'kind' });
    const layout = { partitionKey: 'id', sortKey: 'kind', value: 'payload', ttl: 'expires' };
    const store = storeOf({ table: other, layout });
    const entry = entryOf(large());
    await store.put('a', entry, call());
    expect(await read(store, 'a')).toEqual(standing(entry));
    expect((await scanAll(other)).map(({ kind }) => kind)).toEqual(Array(4).fill({ S: 'entry' }));
  });

  it('is kept behind the longest key, namespace and version', async () => {
    const address = new Addresses('n'.repeat(255), 'v'.repeat(64)).entry('k'.repeat(512));
    const entry = entryOf(large());
    await storeOf().put(address, entry, call());
    expect(await read(storeOf(), address)).toEqual(standing(entry));
  });

  it('gives way to a small one, and the other way round', async () => {
    const { address } = await put();
    for (const entry of [textEntry('small'), entryOf(large(MB, 3)), entryOf(large(MB, 5))]) {
      await storeOf().put(address, entry, call());
      expect(await read(storeOf(), address)).toEqual(standing(entry));
    }
  });

  it('is refused beyond `maxChunks`, before anything is sent', async () => {
    const { client, sent } = recordingClient();
    const store = storeOf({ client, maxChunks: 2 });
    const entry = entryOf(new Uint8Array(store.maxBytes('a') + 1));
    await expect(store.put('a', entry, call())).rejects.toBeInstanceOf(ValueTooLargeError);
    await expect(store.fill('a', entry, undefined, call())).rejects.toMatchObject({
      code: 'VALUE_TOO_LARGE',
    });
    await expect(storeOf({ client, maxChunks: 1 }).put('a', entry, call())).rejects.toThrow(/maxChunks/);
    expect(sent).toEqual([]);
  });

  it('is empty to a deployment that has no chunks or fewer, which may fill over it', async () => {
    const { address, entry } = await put();
    for (const maxChunks of [1, 2])
      expect(await read(storeOf({ maxChunks }), address)).toEqual(missing(entry));
    const small = textEntry('small');
    const without = storeOf({ maxChunks: 1 });
    expect(await without.fill(address, small, entry.version, call())).toEqual({ filled: true });
    expect(await read(storeOf(), address)).toEqual(standing(small));
  });

  it('is said to have been there when it is evicted, unless it had ended', async () => {
    const { address } = await put();
    expect(await storeOf().evict(address, newTombstone(Date.now()), call())).toBe(true);
    expect((await read(storeOf(), address))?.state).toBe('empty');
    const ended = await put(large(), { endsAtMs: Date.now() - 1 });
    expect(await storeOf().evict(ended.address, newTombstone(Date.now()), call())).toBe(false);
  });

  it('is evicted with everything by its manifest alone', async () => {
    const own = await freshTable();
    const store = storeOf({ table: own });
    await store.put(shop.entry('a'), entryOf(large()), call());
    const told: string[] = [];
    const evicted = async (addresses: readonly string[]) => void told.push(...addresses);
    await store.evictAll(shop.startingWith(''), () => newTombstone(Date.now()), evicted);
    expect(told).toEqual(['shop#a']);
    const items = await scanAll(own);
    expect(items.filter(({ pk }) => pk?.S?.startsWith('shop#~chunk:')).map((item) => 'v' in item)).toEqual(
      Array(3).fill(true),
    );
  });

  it('costs no read of its chunks once it has ended', async () => {
    const { address, entry } = await put(large(), { endsAtMs: Date.now() - 1 });
    const { client, commands } = recordingClient();
    expect(await read(storeOf({ client }), address)).toEqual(missing(entry));
    expect(commands()).toEqual(['GetItem']);
  });
});

describe('a manifest whose chunks are not all there', () => {
  it.each<[string, Item]>([
    ['of another write', { of: { S: 'another-write-0' } }],
    ['without an id', { of: { NULL: true } }],
    ['of another part', { n: { N: '2' } }],
    ['a byte short', { v: { B: large(Math.floor(MB / 3) - 2) } }],
    ['a byte long', { v: { B: large(Math.ceil(MB / 3) + 1) } }],
    ['of text', { v: { S: 'text' } }],
  ])('is a miss with a version that can be filled over: %s', async (_what, attributes) => {
    const { address, entry, chunks } = await put();
    await change(chunks[1]!, attributes);
    expect(await read(storeOf(), address)).toEqual(missing(entry));
    const next = entryOf(large(MB, 7));
    expect(await storeOf().fill(address, next, entry.version, call())).toEqual({ filled: true });
    expect(await read(storeOf(), address)).toEqual(standing(next));
  });

  it('is a miss when one is gone', async () => {
    const [address, entry] = [anAddress(), entryOf(large())];
    // Lost on its way, although it was acknowledged.
    const { client } = recordingClient(testClient(), ({ command, input }, send) => {
      if (command !== 'BatchWriteItem') return send(input);
      const [, ...rest] = (input.RequestItems as Record<string, unknown[]>)[table]!;
      return send({ RequestItems: { [table]: rest } });
    });
    await storeOf({ client }).put(address, entry, call());
    expect(await read(storeOf(), address)).toEqual(missing(entry));
  });

  it.each<[string, Item]>([
    ['a number of chunks beyond all bounds', { n: { N: '1000000000' } }],
    ['no chunks', { n: { N: '0' } }],
    ['a fraction of a chunk', { n: { N: '2.5' } }],
    ['chunks as text', { n: { S: '3' } }],
    ['an id that makes no key', { of: { S: 'x'.repeat(3_000) } }],
    ['an id of other characters', { of: { S: '#'.repeat(16) } }],
    ['no id', { of: { N: '7' } }],
    ['a total beyond its chunks', { v: { B: Buffer.from('chunked:999999999999') } }],
    ['another total', { v: { B: Buffer.from(`chunked:${MB - 3}`) } }],
    ['no total', { v: { B: Buffer.from('chunked:') } }],
    ['a value', { v: { B: large(1_000) } }],
    ['a broken time', { end: { S: 'soon' } }],
  ])('is a miss, and none for others in the batch, with %s', async (_what, attributes) => {
    const [{ address, entry }, neighbour] = [await put(), await put()];
    await change(address, attributes);
    const found = await storeOf().read([address, neighbour.address], call());
    expect(found.get(address)).toEqual(missing(entry));
    expect(found.get(neighbour.address)?.state).toBe('entry');
  });

  it('that was copied to another key asks for each chunk once', async () => {
    const [{ address, entry, chunks }, copy] = [await put(), anAddress()];
    await change(address, { pk: { S: copy } });
    const { client, sent } = recordingClient();
    const found = await storeOf({ client }).read([address, copy], call());
    expect([...found.values()].map(({ state }) => state)).toEqual(['entry', 'entry']);
    expect(await read(storeOf(), copy)).toEqual(standing(entry));
    const asked = sent[1]!.input.RequestItems as Record<string, { Keys: Item[] }>;
    expect(asked[table]!.Keys.map(({ pk }) => pk?.S)).toEqual(chunks);
  });
});

describe('reading chunks', () => {
  it('asks consistently for what a replica does not have yet, and for nothing else', async () => {
    const { address, entry, chunks } = await put();
    const late = chunks.slice(1);
    const { client, sent } = recordingClient(testClient(), async ({ input }, send) => {
      const asked = (input.RequestItems as Record<string, { ConsistentRead: boolean }> | undefined)?.[table];
      const answer = await send(input);
      if (!asked || asked.ConsistentRead) return answer;
      const items = (answer.Responses as Record<string, Item[]>)[table]!;
      return { ...answer, Responses: { [table]: items.filter(({ pk }) => !late.includes(pk!.S!)) } };
    });
    expect(await read(storeOf({ client }), address)).toEqual(standing(entry));
    const asked = sent.slice(1).map(({ input }) => {
      const { Keys, ConsistentRead } = (
        input.RequestItems as Record<string, { Keys: Item[]; ConsistentRead: boolean }>
      )[table]!;
      return [ConsistentRead, Keys.map(({ pk }) => pk?.S)];
    });
    expect(asked).toEqual([
      [false, chunks],
      [true, late],
    ]);
  });

  it('asks again for what an answer has no room for', async () => {
    const { address, entry, chunks } = await put(large(4 * MB));
    const { client, sent } = recordingClient(testClient(), async ({ command, input }, send) => {
      const asked = (input.RequestItems as Record<string, { Keys: Item[] }> | undefined)?.[table];
      if (command !== 'BatchGetItem' || !asked || asked.Keys.length <= 2) return send(input);
      const answer = await send({ RequestItems: { [table]: { ...asked, Keys: asked.Keys.slice(0, 2) } } });
      return { ...answer, UnprocessedKeys: { [table]: { ...asked, Keys: asked.Keys.slice(2) } } };
    });
    expect(await read(storeOf({ client }), address)).toEqual(standing(entry));
    const asked = sent
      .slice(1)
      .map(({ input }) => (input.RequestItems as Record<string, { Keys: Item[] }>)[table]!.Keys);
    expect(Math.max(...asked.map((keys) => keys.length))).toBeLessThanOrEqual(10);
    expect(new Set(asked.flat().map(({ pk }) => pk?.S)).size).toBe(chunks.length);
  });

  it('tells the small values of the batch before the large one is there', async () => {
    const { address } = await put();
    const small = anAddress();
    await storeOf().put(small, textEntry('small'), call());
    const { client, sent } = recordingClient(testClient(), ({ input }, send) =>
      sent.length > 1 ? Promise.reject(new Error('no chunks today')) : send(input),
    );
    const told: string[] = [];
    const reading = storeOf({ client }).read([address, small], call(), (which) => void told.push(which));
    await expect(reading).rejects.toThrow('no chunks today');
    expect(told).toEqual([small]);
  });
});

describe('writing chunks', () => {
  it('takes requests that DynamoDB accepts, and sends again what it leaves out', async () => {
    const [address, entry] = [anAddress(), entryOf(large(8 * MB))];
    let leftOut = 0;
    const { client, sent } = recordingClient(testClient(), async ({ command, input }, send) => {
      const requests = (input.RequestItems as Record<string, unknown[]> | undefined)?.[table];
      if (command !== 'BatchWriteItem' || !requests || requests.length <= 4) return send(input);
      leftOut += requests.length - 4;
      await send({ RequestItems: { [table]: requests.slice(0, 4) } });
      return { UnprocessedItems: { [table]: requests.slice(4) } };
    });
    await storeOf({ client }).put(address, entry, call());
    expect(await read(storeOf(), address)).toEqual(standing(entry));
    expect(leftOut).toBeGreaterThan(0);
    for (const each of writes(sent)) expect(requestsIn(each).length).toBeLessThanOrEqual(10);
    // The manifest comes last.
    expect(sent.at(-1)?.command).toBe('PutItem');
  });

  it('that fails leaves what stood there, stops, and shows nothing of itself', async () => {
    const { address, entry } = await put();
    const { client, sent } = recordingClient(testClient(), ({ command, input }, send) =>
      writes(sent).length === 3 && command === 'BatchWriteItem'
        ? Promise.reject(new Error('throttled'))
        : send(input),
    );
    const store = storeOf({ client });
    const next = entryOf(large(12 * MB));
    await expect(store.put(address, next, call())).rejects.toThrow('throttled');
    expect(await read(storeOf(), address)).toEqual(standing(entry));
    sent.length = 0;
    await expect(store.fill(address, next, entry.version, call())).rejects.toThrow('throttled');
    expect(await read(storeOf(), address)).toEqual(standing(entry));
    expect(sent.map(({ command }) => command)).not.toContain('PutItem');
  });

  it('is spared when the fill was overtaken before', async () => {
    const { address, entry } = await put();
    const { client, commands } = recordingClient();
    for (const seen of [undefined, newVersion()])
      expect(await storeOf({ client }).fill(address, entryOf(large()), seen, call())).toEqual({
        filled: false,
      });
    expect(commands()).toEqual(['GetItem', 'GetItem']);
    // Its own, after a response that was lost.
    expect(await storeOf().fill(address, entry, undefined, call())).toEqual({ filled: true });
  });

  it('does not say of a manifest in the way that nothing stands there', async () => {
    const { address } = await put();
    const refused = await storeOf().fill(address, textEntry('small'), undefined, call());
    expect(refused).toEqual({ filled: false });
  });

  it('does not make a fill stand that is overtaken meanwhile', async () => {
    const address = anAddress();
    const mark = newTombstone(Date.now());
    const { client } = recordingClient(testClient(), async ({ command, input }, send) => {
      if (command === 'BatchWriteItem') await storeOf().evict(address, mark, call());
      return send(input);
    });
    const outcome = await storeOf({ client }).fill(address, entryOf(large()), undefined, call());
    expect(outcome).toEqual({ filled: false, standing: missing(mark) });
    expect(await read(storeOf(), address)).toEqual(missing(mark));
  });

  it('is found by a put whose answer was lost and that has another version now', async () => {
    const proxy = await FaultyProxy.start(dynamodbEndpoint);
    afterFile(() => proxy.close());
    const address = anAddress();
    const entry = entryOf(large());
    const patient = testClient({ endpoint: proxy.endpoint, maxAttempts: 1 });
    proxy.intercept = ({ operation }) =>
      operation === 'PutItem' && proxy.count('PutItem') === 1 ? 'lost-response' : 'pass';
    await storeOf({ client: patient }).put(address, entry, call());
    const stored = await read(storeOf(), address);
    expect(stored?.version).not.toBe(entry.version);
    expect(stored?.state === 'entry' && stored.entry.bytes).toBe(digestOf(entry.bytes));
    patient.destroy();
  });
});

describe('many stamps', () => {
  const stamps = (count: number) =>
    new Map(
      Array.from({ length: count }, (_, i) => [`t:restaurant:${String(i).padStart(30, '0')}`, newVersion()]),
    );

  it.each([100, 500, 3_000])('leave room for the value: %i', async (count) => {
    const [address, store] = [anAddress(), storeOf()];
    const inOneItem = storeOf({ maxChunks: 1 }).maxBytes(address, stamps(count));
    for (const bytes of [inOneItem, inOneItem + 1]) {
      const entry = entryOf(large(bytes), { stamps: stamps(count) });
      await store.put(address, entry, call());
      expect(await read(store, address)).toEqual(standing(entry));
    }
  });

  it('that an item cannot hold leave room for nothing', () => {
    expect(storeOf().maxBytes('a', stamps(10_000))).toBe(0);
  });
});

it('no key reaches a chunk', async () => {
  const { chunks } = await put();
  const key = chunks[0]!.slice('shop#'.length);
  expect(shop.entry(key)).not.toBe(chunks[0]);
  const { Item } = await client.send(
    new GetItemCommand({ TableName: table, Key: { pk: { S: chunks[0]! } } }),
  );
  expect(Item).toBeDefined();
});
