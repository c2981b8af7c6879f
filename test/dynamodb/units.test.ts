// What an item costs, held against what the engine charges: at the sizes where one byte more costs a unit more.
import {
  BatchGetItemCommand,
  GetItemCommand,
  type GetItemCommandInput,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { packEntry, packTombstone } from '../../lib/dynamodb/item';
import { resolveLayout } from '../../lib/dynamodb/layout';
import { itemBytes, readUnits, writeUnits } from '../../lib/dynamodb/units';
import { type Item, dynamodbEngine, freshTable, testClient } from '../support/dynamodb';
import { entryOf } from './entries';

const KB = 1_024;
const client = testClient();
let table: string;

beforeAll(async () => {
  table = await freshTable();
});

let keys = 0;
const newKey = (): Item => ({ pk: { S: `key-${String(keys++).padStart(6, '0')}` } });

async function chargedForPut(item: Item): Promise<number | undefined> {
  const input = { TableName: table, Item: item, ReturnConsumedCapacity: 'TOTAL' as const };
  return (await client.send(new PutItemCommand(input))).ConsumedCapacity?.CapacityUnits;
}

async function chargedForGet(
  { pk }: Item,
  options: Partial<GetItemCommandInput>,
): Promise<number | undefined> {
  const Key = { pk: pk ?? { S: '' } };
  const input = { TableName: table, Key, ReturnConsumedCapacity: 'TOTAL' as const, ...options };
  return (await client.send(new GetItemCommand(input))).ConsumedCapacity?.CapacityUnits;
}

/** The item with a binary attribute that makes it exactly this large. */
function padded(item: Item, bytes: number): Item {
  const name = 'v';
  const missing = bytes - itemBytes(item) - name.length;
  return missing < 0 ? item : { ...item, [name]: { B: new Uint8Array(missing) } };
}

const aroundAUnit = fc
  .record({ units: fc.integer({ min: 1, max: 13 }), over: fc.integer({ min: -2, max: 2 }) })
  .map(({ units, over }) => units * KB + over);

// The engines differ about zeros at the end of a number and about fractions: dynoxide counts digits, DynamoDB Local pairs.
const number =
  dynamodbEngine === 'dynoxide'
    ? fc.bigInt(1n, 10n ** 18n).map((n) => n * 10n + 7n)
    : fc.bigInt(-(10n ** 18n), 10n ** 18n);
const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const names = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'é', '漢'), minLength: 2, maxLength: 6 });
const { attribute } = fc.letrec<{ attribute: Item[string] }>((tie) => ({
  attribute: fc.oneof(
    { maxDepth: 3 },
    fc.record({ S: text }),
    number.map((n) => ({ N: String(n) })),
    fc.uint8Array({ maxLength: 30 }).map((B) => ({ B })),
    fc.constantFrom<Item[string]>({ BOOL: true }, { NULL: true }),
    fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 4 }).map((SS) => ({ SS })),
    fc.uniqueArray(number, { minLength: 1, maxLength: 4 }).map((NS) => ({ NS: NS.map(String) })),
    fc.array(tie('attribute'), { maxLength: 4 }).map((L) => ({ L })),
    fc.dictionary(names, tie('attribute'), { maxKeys: 4 }).map((M) => ({ M })),
  ),
}));

describe('the units of an item', () => {
  it('are what the engine charges for any item', { timeout: 60_000 }, async () => {
    const attributes = fc.dictionary(names, attribute, { maxKeys: 6 });
    await fc.assert(
      fc.asyncProperty(attributes, aroundAUnit, fc.boolean(), async (more, bytes, consistent) => {
        const item = padded({ ...newKey(), ...more }, bytes);
        expect(writeUnits(itemBytes(item))).toBe(await chargedForPut(item));
        const charged = await chargedForGet(item, { ConsistentRead: consistent });
        expect(readUnits(itemBytes(item), consistent)).toBe(charged);
      }),
      { numRuns: 150 },
    );
  });

  it.each([
    ['an entry', 1, 0],
    ['an entry of 4 KB', 4, 0],
    ['an entry with tags', 1, 2],
    ['an entry of 4 KB with tags', 4, 2],
  ])('of %s step up at the very byte', async (_, kb, tags) => {
    const nowMs = 1_763_694_879_123;
    const stamps = new Map(Array.from({ length: tags }, (_, i) => [`t:tag-${i}`, `generation-${i}`]));
    const times = { loadedAtMs: nowMs, freshUntilMs: nowMs + 1, endsAtMs: nowMs + 2 };
    const sized = (bytes: number) => {
      const entry = entryOf(new Uint8Array(bytes), { ...times, ...(tags > 0 && { stamps }) });
      return { ...packEntry('', entry, resolveLayout(), nowMs), ...newKey() };
    };
    const room = kb * KB - itemBytes(sized(0));
    const [full, over] = [sized(room), sized(room + 1)];
    expect([await chargedForPut(full), await chargedForPut(over)]).toEqual([kb, kb + 1]);
    const read = [await chargedForGet(full, {}), await chargedForGet(over, {})];
    expect(read).toEqual([0.5, kb === 4 ? 1 : 0.5]);
    expect([full, over].map((item) => readUnits(itemBytes(item), false))).toEqual(read);
  });

  it('of a tombstone are one', async () => {
    const tombstone = { version: 'x'.repeat(16), evictedAtMs: Date.now(), endsAtMs: Date.now() };
    const item = { ...packTombstone('', tombstone, resolveLayout()), ...newKey() };
    expect(writeUnits(itemBytes(item))).toBe(await chargedForPut(item));
  });

  it('are those of what is replaced when that is larger', async () => {
    const large = padded(newKey(), 5 * KB + 1);
    const small = { ...newKey(), pk: large.pk ?? { S: '' } };
    await chargedForPut(large);
    expect(writeUnits(itemBytes(small), itemBytes(large))).toBe(await chargedForPut(small));
    expect(writeUnits(itemBytes(large), itemBytes(small))).toBe(6);
  });

  it('of a key where nothing is are those of the smallest item', async () => {
    for (const ConsistentRead of [true, false]) {
      const charged = await chargedForGet(newKey(), { ConsistentRead });
      expect(readUnits(itemBytes(undefined), ConsistentRead)).toBe(charged);
    }
  });

  it('are rounded up for each key of a batch', async () => {
    const items = [100, 4 * KB, 4 * KB + 1].map((bytes) => padded(newKey(), bytes));
    for (const item of items) await chargedForPut(item);
    const Keys = items.map(({ pk }) => ({ pk: pk ?? { S: '' } }));
    const input = { RequestItems: { [table]: { Keys } }, ReturnConsumedCapacity: 'TOTAL' as const };
    const { ConsumedCapacity } = await client.send(new BatchGetItemCommand(input));
    const reckoned = items.reduce((sum, item) => sum + readUnits(itemBytes(item), false), 0);
    expect(reckoned).toBe(ConsumedCapacity?.[0]?.CapacityUnits);
  });
});

it('numbers are counted in pairs of digits from the decimal point on', () => {
  const bytesOf = (N: string) => itemBytes({ n: { N } }) - 1;
  const numbers = {
    '0': 1,
    '7': 2,
    '100': 2,
    '12340': 4,
    '-12': 3,
    '1.5': 3,
    '0.01': 2,
    '-1.5e3': 3,
    '1E2': 2,
  };
  expect(Object.keys(numbers).map(bytesOf)).toEqual(Object.values(numbers));
});

it('whatever stands in a table has a size', () => {
  const strange = { a: null, b: { N: 7 }, c: { B: 'text' }, d: { SS: [null] }, e: { L: [undefined] }, f: {} };
  expect(itemBytes(strange as unknown as Item)).toBeGreaterThan(0);
});
