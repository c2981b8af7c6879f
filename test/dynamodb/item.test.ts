/**
 * fixtures/layout-1.json holds items as they lie in tables out there, in DynamoDB's JSON. Layout 1 may never change: what
 * reads and writes differently is another layout.
 */
import { readFileSync } from 'node:fs';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { createCodec } from '../../lib/codec/value-codec';
import { DynamoStore } from '../../lib/core/dynamo-store';
import { type Item, packEntry, packTombstone, unpackItem } from '../../lib/dynamodb/item';
import { type TableLayout, resolveLayout } from '../../lib/dynamodb/layout';
import { Addresses } from '../../lib/key/addresses';
import { type Entry, TOMBSTONE_LIFE_MS } from '../../lib/tiers/entry';
import { freshTable, testClient } from '../support/dynamodb';
import { call, textEntry } from './entries';

interface Kept {
  what: string;
  namespace: string;
  version?: string;
  layout?: TableLayout;
  /** Set when the item is a stamp's. */
  stamp?: string;
  /** A key is repeated this often, so that a long one can be read here. */
  key: { text: string; times: number };
  writtenAtMs: number;
  item: Record<string, { S?: string; N?: string; B?: string; M?: Record<string, { S: string }> }>;
  entry?: {
    value: unknown;
    version: string;
    loadedAtMs: number;
    freshUntilMs: number;
    endsAtMs: number;
    stamps?: Record<string, string>;
  };
  tombstone?: { version: string; evictedAtMs: number; endsAtMs: number };
}

const kept = JSON.parse(readFileSync('test/dynamodb/fixtures/layout-1.json', 'utf8')) as Kept[];
const cases = kept.map((each) => [each.what, each] as const);

const keyOf = ({ key }: Kept) => key.text.repeat(key.times);
function pkOf(each: Kept): string {
  const addresses = new Addresses(each.namespace, each.version);
  return each.stamp === undefined ? addresses.entry(keyOf(each)) : addresses.stamp(each.stamp);
}

/** As an entry holds them: what JSON keeps of a Map. */
function entryOf({ stamps, ...times }: Omit<NonNullable<Kept['entry']>, 'value'>): Omit<Entry, 'bytes'> {
  return { ...times, ...(stamps && { stamps: new Map(Object.entries(stamps)) }) };
}

function itemOf({ item }: Kept): Item {
  const attributes = Object.entries(item).map(([name, value]) => [
    name,
    value.B === undefined ? value : { B: new Uint8Array(Buffer.from(value.B, 'base64')) },
  ]);
  return Object.fromEntries(attributes) as Item;
}

describe('layout 1', () => {
  it.each(cases)('is written as it was: %s', (_what, each) => {
    const layout = resolveLayout(each.layout);
    const { entry, tombstone } = each;
    const bytes = Buffer.from(each.item[layout.value]?.B ?? '', 'base64');
    const written = entry
      ? packEntry(pkOf(each), { ...entryOf(entry), bytes: new Uint8Array(bytes) }, layout, each.writtenAtMs)
      : tombstone && packTombstone(pkOf(each), tombstone, layout);
    expect(written).toEqual(itemOf(each));
  });

  it.each(cases)('is read as it was: %s', (_what, each) => {
    const stored = unpackItem(itemOf(each), resolveLayout(each.layout));
    if (!each.entry) {
      expect(stored).toEqual({ state: 'empty', version: each.tombstone?.version });
      return;
    }
    const { value, ...entry } = each.entry;
    expect(stored).toEqual({
      state: 'entry',
      version: entry.version,
      entry: { ...entryOf(entry), bytes: expect.any(Uint8Array) as Uint8Array },
    });
    expect(createCodec().decode(stored.state === 'entry' ? stored.entry.bytes : new Uint8Array())).toEqual(
      value,
    );
  });

  it.each(cases)('is read from a table: %s', async (_what, each) => {
    const { partitionKey, sortKey } = resolveLayout(each.layout);
    const table = await freshTable({ partitionKey, ...(sortKey !== undefined && { sortKey }) });
    const client = testClient();
    await client.send(new PutItemCommand({ TableName: table, Item: itemOf(each) }));
    const { layout } = each;
    const store = new DynamoStore({ table, client, ...(layout && { layout }) });
    const address = pkOf(each);
    expect((await store.read([address], call())).get(address)?.state).toBe(each.entry ? 'entry' : 'empty');
    client.destroy();
  });
});

describe("DynamoDB's own time to live", () => {
  const layout = resolveLayout();
  const ttlOf = (endsAtMs: number, nowMs: number) =>
    Number(packEntry('pk', textEntry('1', { endsAtMs }), layout, nowMs).ttl?.N);

  it('is the end in whole seconds, rounded up', () => {
    const end = 10_000_000_000;
    expect(ttlOf(end, 0)).toBe(end / 1_000);
    expect(ttlOf(end + 1, 0)).toBe(end / 1_000 + 1);
    expect(ttlOf(end + 999, 0)).toBe(end / 1_000 + 1);
  });

  it('outlasts every load that may still be written back', () => {
    const now = 1_700_000_000_001;
    expect(ttlOf(now + 1_000, now)).toBe(Math.ceil((now + TOMBSTONE_LIFE_MS) / 1_000));
    expect(ttlOf(now + TOMBSTONE_LIFE_MS + 1_000, now)).toBe(
      Math.ceil((now + TOMBSTONE_LIFE_MS) / 1_000) + 1,
    );
    // From the write, not from when the load began.
    const slow = textEntry('1', { loadedAtMs: now - 60_000, endsAtMs: now });
    expect(Number(packEntry('pk', slow, layout, now).ttl?.N) * 1_000).toBeGreaterThanOrEqual(
      now + TOMBSTONE_LIFE_MS,
    );
  });
});

describe('an item that is no entry of this layout', () => {
  const layout = resolveLayout();
  const whole = packEntry('pk', textEntry('1', { version: 'standing' }), layout, 0);

  it.each<[string, Item]>([
    ['the value as text', { v: { S: 'text' } }],
    ['an end as text', { end: { S: '5' } }],
    ['a negative end', { end: { N: '-5' } }],
    ['an end with a fraction', { end: { N: '1.5' } }],
    ['an end beyond all numbers', { end: { N: '1e100' } }],
    ['chunks', { n: { N: '2' } }],
    ['stamps of nothing', { stamps: { M: {} } }],
    ['stamps as text', { stamps: { S: 't:7' } }],
    ['a stamp that is a number', { stamps: { M: { 't:7': { S: 'x' }, 't:8': { N: '7' } } } }],
  ])('reads as empty, with the version a fill replaces: %s', (_what, attributes) => {
    expect(unpackItem({ ...whole, ...attributes }, layout)).toEqual({ state: 'empty', version: 'standing' });
  });

  it.each(['v', 'at', 'fresh', 'end'])('reads as empty without %s', (name) => {
    const { [name]: _missing, ...rest } = whole;
    expect(unpackItem(rest, layout)).toEqual({ state: 'empty', version: 'standing' });
  });

  it.each<[string, Item]>([
    ['a number', { ver: { N: '5' } }],
    ['a binary', { ver: { B: Uint8Array.of(1) } }],
    ['null', { ver: { NULL: true } }],
  ])('has no version when that is %s', (_what, attributes) => {
    expect(unpackItem({ ...whole, ...attributes }, layout)).toEqual({ state: 'empty', version: undefined });
  });
});
