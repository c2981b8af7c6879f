/**
 * Entry <-> item, layout 1. A JSON text is a String, everything else a Binary. What is read may be anything: another program's item, another version's, a half-written
 * table. Whatever is not exactly an entry reads as empty, together with the version that a fill has to replace.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { packJson } from '../codec/json-codec';
import { jsonTextOf } from '../codec/json-reader';
import { type Entry, type Stored, TOMBSTONE_LIFE_MS, type Tombstone } from '../tiers/entry';
import { FIXED, type ResolvedLayout, SORT_KEY_VALUE } from './layout';

export type Item = Record<string, AttributeValue>;

// An item is 409,600 bytes at most, names included; UpdateItem's ceiling is a little lower, and lease and stamp
// attributes want room.
const MAX_ITEM_BYTES = 390 * 1024;
// Fixed attribute names, version, four numbers of up to 21 bytes, rounded up generously.
const FIXED_BYTES = 256;
// What is left above 390 KB; whatever stamps take beyond it, the value cannot.
const STAMP_ROOM_BYTES = 9 * 1024;
// DynamoDB counts so much for each member of a map, and for the map.
const STAMP_OVERHEAD_BYTES = 4;

/** The largest value that fits beside its key and its stamps; less than 0 when those are too large already. */
export function maxValueBytes(pk: string, layout: ResolvedLayout, stamps?: Entry['stamps']): number {
  const { partitionKey, sortKey = '', value, ttl } = layout;
  const names = [partitionKey, sortKey, value, ttl].reduce((sum, name) => sum + Buffer.byteLength(name), 0);
  const beside = Math.max(0, stampBytes(stamps) - STAMP_ROOM_BYTES);
  return MAX_ITEM_BYTES - FIXED_BYTES - names - Buffer.byteLength(pk) - beside;
}

function stampBytes(stamps: Entry['stamps'] = new Map()): number {
  let bytes = 0;
  for (const [name, generation] of stamps)
    bytes += STAMP_OVERHEAD_BYTES + Buffer.byteLength(name) + Buffer.byteLength(generation);
  return bytes;
}

export function packKey(pk: string, { partitionKey, sortKey }: ResolvedLayout): Item {
  const key: Item = { [partitionKey]: { S: pk } };
  if (sortKey !== undefined) key[sortKey] = { S: SORT_KEY_VALUE };
  return key;
}

export function pkOf(item: Item, { partitionKey }: ResolvedLayout): string {
  return item[partitionKey]?.S ?? '';
}

export function packEntry(pk: string, entry: Entry, layout: ResolvedLayout, nowMs: number): Item {
  return {
    ...packKey(pk, layout),
    [layout.value]: packValue(entry.bytes, layout),
    [FIXED.version]: { S: entry.version },
    [FIXED.loadedAt]: number(entry.loadedAtMs),
    [FIXED.freshUntil]: number(entry.freshUntilMs),
    [FIXED.endsAt]: number(entry.endsAtMs),
    ...(entry.stamps && { [FIXED.stamps]: packStamps(entry.stamps) }),
    // The version must outlive a slow load that saw an earlier one, so DynamoDB may not delete the item before that.
    [layout.ttl]: number(Math.ceil(Math.max(entry.endsAtMs, nowMs + TOMBSTONE_LIFE_MS) / 1_000)),
  };
}

export function packTombstone(pk: string, tombstone: Tombstone, layout: ResolvedLayout): Item {
  return {
    ...packKey(pk, layout),
    [FIXED.version]: { S: tombstone.version },
    [FIXED.loadedAt]: number(tombstone.evictedAtMs),
    [FIXED.endsAt]: number(tombstone.endsAtMs),
    [layout.ttl]: number(Math.ceil(tombstone.endsAtMs / 1_000)),
  };
}

export function unpackItem(item: Item | undefined, layout: ResolvedLayout): Stored {
  const version = item?.[FIXED.version]?.S;
  if (item === undefined || typeof version !== 'string') return { state: 'empty', version: undefined };
  const entry = unpackEntry(item, version, layout);
  return entry ? { state: 'entry', version, entry } : { state: 'empty', version };
}

function unpackEntry(item: Item, version: string, layout: ResolvedLayout): Entry | undefined {
  // A manifest, whose value is in chunks (see chunks.ts), or one of those: not the value itself.
  if (item[FIXED.chunks] !== undefined) return undefined;
  const bytes = unpackValue(item[layout.value], layout);
  const loadedAtMs = milliseconds(item[FIXED.loadedAt]);
  const freshUntilMs = milliseconds(item[FIXED.freshUntil]);
  const endsAtMs = milliseconds(item[FIXED.endsAt]);
  const stamps = unpackStamps(item[FIXED.stamps]);
  if (!ArrayBuffer.isView(bytes)) return undefined;
  if (loadedAtMs === undefined || freshUntilMs === undefined || endsAtMs === undefined) return undefined;
  if (stamps === 'invalid') return undefined;
  return { bytes, version, loadedAtMs, freshUntilMs, endsAtMs, ...(stamps && { stamps }) };
}

function packValue(bytes: Uint8Array, { holdsText }: ResolvedLayout): AttributeValue {
  const text = holdsText ? jsonTextOf(bytes) : undefined;
  return text === undefined ? { B: bytes } : { S: text };
}

// Where values are no texts, a text is nobody's entry.
function unpackValue(attribute: AttributeValue | undefined, layout: ResolvedLayout): Uint8Array | undefined {
  const text = layout.holdsText ? attribute?.S : undefined;
  return typeof text === 'string' ? packJson(text) : attribute?.B;
}

function packStamps(stamps: ReadonlyMap<string, string>): AttributeValue {
  return { M: Object.fromEntries([...stamps].map(([name, generation]) => [name, { S: generation }])) };
}

// Stamps that cannot be understood make the entry unusable: without them it might be one that was evicted.
function unpackStamps(attribute: AttributeValue | undefined): Map<string, string> | undefined | 'invalid' {
  if (attribute === undefined) return undefined;
  const stamps = new Map<string, string>();
  for (const [name, generation] of Object.entries(attribute.M ?? {})) {
    if (typeof generation.S !== 'string') return 'invalid';
    stamps.set(name, generation.S);
  }
  return stamps.size > 0 ? stamps : 'invalid';
}

function milliseconds(attribute: AttributeValue | undefined): number | undefined {
  const text = attribute?.N;
  if (typeof text !== 'string') return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function number(value: number): AttributeValue {
  return { N: String(Math.round(value)) };
}
