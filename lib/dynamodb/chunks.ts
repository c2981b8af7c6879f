/**
 * A value too large for one item. The item at its address is then a manifest: instead of the value it says how many bytes
 * there are, in how many chunks and under which id these were written. Chunks never change, and another write has another
 * id: a manifest's chunks are found whole or not at all, never mixed with those of another. A release or a deployment
 * without chunks reads a manifest as empty (see item.ts).
 */
import { randomBytes } from 'node:crypto';
import { chunkAddress } from '../key/addresses';
import type { Entry } from '../tiers/entry';
import { type Item, maxValueBytes, packEntry, packKey, unpackItem } from './item';
import { FIXED, type ResolvedLayout } from './layout';

/** 16 MB in all. */
export const DEFAULT_MAX_CHUNKS = 43;

// What stands in the value's place is text, whatever the layout keeps there, and cannot pass for a value.
const TOTAL = /^chunked:(\d{1,15})$/;
// An id becomes a part of keys, and one key that is too long has DynamoDB refuse a whole batch.
const ID = /^[\w-]{16,64}$/;
const DYNAMODB_ITEM_BYTES = 409_600;

/** How a value is cut. */
export interface Chunks {
  /** Names one write of chunks. */
  readonly id: string;
  readonly count: number;
  readonly totalBytes: number;
}

/** What a manifest says: the entry, but for its bytes, and where those are. */
export interface Manifest extends Chunks {
  readonly address: string;
  readonly entry: Omit<Entry, 'bytes'>;
}

/** The largest value that an address can hold. */
export function maxChunkedBytes(
  address: string,
  layout: ResolvedLayout,
  maxChunks: number,
  stamps?: Entry['stamps'],
): number {
  const inOneItem = maxValueBytes(address, layout, stamps);
  // Too little for a manifest's own few bytes is too little for anything.
  if (inOneItem < 64) return 0;
  return maxChunks === 1 ? inOneItem : Math.max(inOneItem, maxChunks * chunkCapacity(address, layout));
}

/** How a value of so many bytes is cut by a new write. */
export function cut(address: string, totalBytes: number, layout: ResolvedLayout): Chunks {
  const id = randomBytes(12).toString('base64url');
  return { id, totalBytes, count: Math.max(1, Math.ceil(totalBytes / chunkCapacity(address, layout))) };
}

/** Where a chunk begins in the value; the one after the last begins at its end. They differ in size by a byte at most. */
export function chunkStart({ totalBytes, count }: Chunks, part: number): number {
  return Math.floor((totalBytes * part) / count);
}

/** @param ttlMs when DynamoDB may delete it: not before the manifest */
export function packChunk(
  address: string,
  chunks: Chunks,
  part: number,
  bytes: Uint8Array,
  layout: ResolvedLayout,
  ttlMs: number,
): Item {
  // No version, by which a scan would take it for an entry.
  return {
    ...packKey(chunkAddress(address, chunks.id, part), layout),
    [layout.value]: { B: bytes.subarray(chunkStart(chunks, part), chunkStart(chunks, part + 1)) },
    [FIXED.chunksOf]: { S: chunks.id },
    [FIXED.chunks]: { N: String(part) },
    [layout.ttl]: { N: String(Math.ceil(ttlMs / 1_000)) },
  };
}

/** The bytes of one chunk; undefined unless it is that very chunk, whole. */
export function unpackChunk(
  item: Item | undefined,
  chunks: Chunks,
  part: number,
  layout: ResolvedLayout,
): Uint8Array | undefined {
  const bytes = item?.[layout.value]?.B;
  if (!ArrayBuffer.isView(bytes)) return undefined;
  if (item?.[FIXED.chunksOf]?.S !== chunks.id || item[FIXED.chunks]?.N !== String(part)) return undefined;
  const length = chunkStart(chunks, part + 1) - chunkStart(chunks, part);
  return bytes.byteLength === length ? bytes : undefined;
}

export function packManifest(
  pk: string,
  entry: Entry,
  { id, count, totalBytes }: Chunks,
  layout: ResolvedLayout,
  nowMs: number,
): Item {
  const bytes = Buffer.from(`chunked:${totalBytes}`);
  return {
    ...packEntry(pk, { ...entry, bytes }, layout, nowMs),
    [FIXED.chunks]: { N: String(count) },
    [FIXED.chunksOf]: { S: id },
  };
}

/** @returns undefined when it is none, or of more chunks than are allowed */
export function unpackManifest(
  address: string,
  item: Item | undefined,
  layout: ResolvedLayout,
  maxChunks: number,
): Manifest | undefined {
  if (item?.[FIXED.chunks] === undefined) return undefined;
  const { [FIXED.chunks]: chunks, [FIXED.chunksOf]: of, ...rest } = item;
  const stored = unpackItem(rest, layout);
  if (stored.state === 'empty') return undefined;
  const { bytes, ...entry } = stored.entry;
  const id = of?.S ?? '';
  const count = Number(chunks?.N);
  const totalBytes = totalOf(bytes);
  if (!ID.test(id) || !Number.isInteger(count) || count < 1 || count > maxChunks) return undefined;
  if (totalBytes === undefined || totalBytes > count * DYNAMODB_ITEM_BYTES) return undefined;
  return { address, entry, id, count, totalBytes };
}

function totalOf(bytes: Uint8Array): number | undefined {
  const [, total] = TOTAL.exec(Buffer.from(bytes.subarray(0, 32)).toString()) ?? [];
  return total === undefined ? undefined : Number(total);
}

// The largest part that fits beside its key, whose length depends on the namespace alone.
function chunkCapacity(address: string, layout: ResolvedLayout): number {
  return maxValueBytes(chunkAddress(address, 'x'.repeat(64), 9_999), layout);
}
