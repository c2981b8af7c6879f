// The sizes are held against what the engine charges, a byte on either side of a unit.
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { packEntry } from '../../lib/dynamodb/item';
import { itemBytes, writeUnits } from '../../lib/dynamodb/item-size';
import { resolveLayout } from '../../lib/dynamodb/layout';
import type { Entry } from '../../lib/tiers/entry';
import { freshTable, testClient } from '../support/dynamodb';

const NOW = 1_800_000_000_000;
const layout = resolveLayout({ partitionKey: 'pk', value: 'payload', ttl: 'expires' });
const client = testClient();
let table: string;
beforeAll(async () => {
  table = await freshTable();
});

const times = fc.integer({ min: 1, max: 30 * 24 * 3_600_000 });
const texts = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 });
const entries = fc.record({
  pk: texts.map((text) => `cache#${text}`),
  version: fc.string({ minLength: 1, maxLength: 20 }),
  loadedAtMs: times.map((ms) => NOW - ms),
  freshUntilMs: fc.oneof(
    times.map((ms) => NOW + ms),
    times.map((ms) => NOW + Math.ceil(ms / 100_000) * 100_000),
  ),
  stamps: fc.option(fc.dictionary(texts, texts, { minKeys: 1, maxKeys: 3, noNullPrototype: true })),
});

/** An entry whose item is of exactly this size. */
function sized(
  { pk, stamps, ...rest }: typeof entries extends fc.Arbitrary<infer T> ? T : never,
  bytes: number,
) {
  const empty: Entry = {
    ...rest,
    endsAtMs: rest.freshUntilMs,
    bytes: new Uint8Array(),
    ...(stamps && { stamps: new Map(Object.entries(stamps)) }),
  };
  const entry = { ...empty, bytes: new Uint8Array(bytes - itemBytes(pk, empty, layout, NOW)).fill(7) };
  return { pk, entry };
}

async function chargedFor(pk: string, entry: Entry): Promise<Record<'written' | 'read', number | undefined>> {
  const ReturnConsumedCapacity = 'TOTAL';
  const written = await client.send(
    new PutItemCommand({
      TableName: table,
      Item: packEntry(pk, entry, layout, NOW),
      ReturnConsumedCapacity,
    }),
  );
  const read = await client.send(
    new GetItemCommand({
      TableName: table,
      Key: { pk: { S: pk } },
      ReturnConsumedCapacity,
      ConsistentRead: true,
    }),
  );
  return { written: written.ConsumedCapacity?.CapacityUnits, read: read.ConsumedCapacity?.CapacityUnits };
}

describe('the size of an item', () => {
  it('is what DynamoDB counts, to the byte', async () => {
    const sizes = fc.constantFrom(1_024, 2_048, 4_096, 8_192);
    await fc.assert(
      fc.asyncProperty(entries, sizes, async (draft, size) => {
        const [fits, exceeds] = [sized(draft, size), sized(draft, size + 1)];
        const units = size / 1_024;
        expect(await chargedFor(fits.pk, fits.entry)).toEqual({ written: units, read: Math.ceil(units / 4) });
        expect(await chargedFor(exceeds.pk, exceeds.entry)).toEqual({
          written: units + 1,
          read: Math.ceil((units + 1) / 4),
        });
      }),
      { numRuns: 40, seed: 5 },
    );
  }, 60_000);

  it('makes write units, one at least', () => {
    expect([0, 1, 1_023, 1_024, 1_025, 4_096, 4_097].map(writeUnits)).toEqual([1, 1, 1, 1, 2, 4, 5]);
  });

  it('counts the sort key that every item of such a table has', () => {
    const { pk, entry } = sized(fc.sample(entries, { numRuns: 1, seed: 1 })[0]!, 2_000);
    const sorted = { ...layout, sortKey: 'sk' };
    expect(itemBytes(pk, entry, sorted, NOW)).toBe(2_000 + 'sk'.length + 'entry'.length);
  });
});
