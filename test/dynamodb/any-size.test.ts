/**
 * Values of random sizes around every limit there is: each is kept and comes back as it was, or is too large and then
 * loaded each time. Nothing fails, and no item that is sent is larger than DynamoDB takes.
 */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createCodec } from '../../lib/codec/value-codec';
import { createDynamoCache } from '../../lib/core';
import { DynamoStore } from '../../lib/core/dynamo-store';
import { Addresses } from '../../lib/key/addresses';
import { Lines } from '../engine/build-cache';
import { type Item, freshTable, testClient } from '../support/dynamodb';
import { recordingClient } from './recording-client';

const KB = 1_024;
const DYNAMODB_ITEM_BYTES = 409_600;
const codec = createCodec();

let table: string;
beforeAll(async () => {
  table = await freshTable();
});

interface Case {
  readonly key: string;
  readonly maxChunks: number;
  readonly tags: readonly string[];
  /** Given the largest that can be kept: how many bytes the value takes when it is encoded. */
  readonly sizeFor: (limit: number) => number;
}

/** DynamoDB's own arithmetic, numbers rounded up. */
function bytesOf(item: Item): number {
  return Object.entries(item).reduce((sum, [name, { S, N, B, M }]) => {
    const value = S ?? N ?? B;
    const own = M ? 3 + bytesOf(M) + Object.keys(M).length : value ? Buffer.byteLength(value) + 1 : 1;
    return sum + Buffer.byteLength(name) + own;
  }, 0);
}

/** What puts and batches of puts among the requests write. */
function itemsIn({
  Item,
  RequestItems = {},
}: {
  Item?: Item;
  RequestItems?: Record<string, object[]>;
}): Item[] {
  const requests = Object.values(RequestItems).flat() as { PutRequest?: { Item: Item } }[];
  return [Item, ...requests.map(({ PutRequest }) => PutRequest?.Item)].filter((item) => item !== undefined);
}

/** A value that takes so many bytes encoded, or as few as it can. */
function valueOf(bytes: number): Buffer {
  let value = Buffer.alloc(bytes, 'value');
  while (value.length > 0) {
    const excess = codec.encode(value).byteLength - bytes;
    if (excess <= 0) break;
    value = value.subarray(0, Math.max(0, value.length - excess));
  }
  return value;
}

let cases = 0;
async function holds({ key, maxChunks, tags, sizeFor }: Case): Promise<void> {
  const { client, sent } = recordingClient(testClient());
  const lines = new Lines();
  const cache = createDynamoCache({
    table,
    client,
    maxChunks,
    compress: false,
    timeout: '15s',
    logger: lines,
  });
  const ownKey = `${cases++}:${key}`;
  const stamps = new Map(tags.map((tag) => [`t:${tag}`, '']));
  const limit = new DynamoStore({ table, maxChunks, compress: false }).maxBytes(
    new Addresses('cache').entry(ownKey),
    stamps,
  );
  const value = valueOf(sizeFor(limit));
  const fits = codec.encode(value).byteLength <= limit;

  const loads: string[] = [];
  const answers = [];
  for (const load of ['first', 'second']) {
    const loader = () => {
      loads.push(load);
      return value;
    };
    answers.push(await cache.getOrLoad(ownKey, loader, { tags }));
  }
  await cache.set(ownKey, value, { tags });
  const kept = await cache.get<Buffer>(ownKey);
  await cache.close();

  expect(answers.map((answer) => value.equals(answer))).toEqual([true, true]);
  expect([kept !== undefined, kept?.equals(value) ?? true]).toEqual([fits, true]);
  expect(loads).toEqual(fits ? ['first'] : ['first', 'second']);
  expect(cache.stats().store.failures).toBe(0);
  expect(lines.all).toEqual(fits ? [] : [expect.stringMatching(/^A value of .* takes \d+ bytes/)]);
  const written = sent.flatMap(({ input }) => itemsIn(input));
  expect(Math.max(...written.map(bytesOf))).toBeLessThanOrEqual(DYNAMODB_ITEM_BYTES);
}

const key = fc.oneof(fc.string({ maxLength: 20 }), fc.string({ minLength: 500, maxLength: 600 }));
const tags = fc.oneof(
  fc.constant([]),
  fc.uniqueArray(fc.string({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 60 }),
);
const nearby = fc.integer({ min: -1, max: 1 });
const maxChunks = fc.constantFrom(1, 2, 3);
const fixed = (limits: readonly number[]) =>
  fc.tuple(fc.constantFrom(...limits), nearby).map(
    ([limit, by]) =>
      () =>
        Math.max(0, limit + by),
  );

describe('a value is kept as it is, or refused and loaded each time', () => {
  it('around a unit of DynamoDB', async () => {
    const sizeFor = fc.oneof(
      fixed([0, KB, 4 * KB]),
      fc.integer({ min: 0, max: 9 * KB }).map((bytes) => () => bytes),
    );
    await fc.assert(fc.asyncProperty(fc.record({ key, maxChunks, tags, sizeFor }), holds), {
      numRuns: 40,
      endOnFailure: true,
    });
  });

  it('around the largest item, and the most chunks', async () => {
    const sizeFor = fc.oneof(
      fixed([390 * KB, DYNAMODB_ITEM_BYTES]),
      nearby.map((by) => (limit: number) => limit + by),
      fc.integer({ min: 380 * KB, max: 1_300 * KB }).map((bytes) => () => bytes),
    );
    await fc.assert(fc.asyncProperty(fc.record({ key, maxChunks, tags, sizeFor }), holds), {
      numRuns: 25,
      endOnFailure: true,
    });
  });

  it.each([0, 1])('%i bytes beyond the largest that there is by default', async (by) => {
    const sizeFor = (limit: number) => limit + by;
    await holds({ key: 'largest', maxChunks: 43, tags: ['a'], sizeFor });
  });
});
