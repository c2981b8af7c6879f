/**
 * What stands at an entry's address, taken apart as the product itself does it: put together from its chunks, then
 * unpacked. Sizes are of everything that is stored for it.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { systemClock } from '../clock';
import { Packing } from '../codec/packed-format';
import { UnpackableError } from '../codec/unpackable-error';
import { ChunkedValues } from '../dynamodb/chunked-values';
import { type Manifest, packChunk, unpackManifest } from '../dynamodb/chunks';
import { isForeignItem, unpackForeign } from '../dynamodb/foreign-item';
import { unpackItem } from '../dynamodb/item';
import type { ResolvedLayout } from '../dynamodb/layout';
import type { Table } from '../dynamodb/table';
import { itemBytes, readUnits, writeUnits } from '../dynamodb/units';
import type { Entry } from '../tiers/entry';
import { EntryPacking } from '../tiers/packing';

type Item = Record<string, AttributeValue>;

export interface StoredValue {
  /** As it is stored: its bytes may be empty when `problem` says why. Undefined when the item is no entry. */
  readonly entry: Entry | undefined;
  /** Why there are no bytes to decode. */
  readonly problem: 'sealed' | 'incomplete' | 'unreadable' | undefined;
  readonly version: string | undefined;
  readonly isCompressed: boolean;
  readonly isSealed: boolean;
  readonly isForeign: boolean;
  readonly chunks: number;
  /** Of the value as it is stored. */
  readonly valueBytes: number;
  /** Of all its items. */
  readonly itemBytes: number;
  readonly readUnits: { readonly eventual: number; readonly consistent: number };
  readonly writeUnits: number;
}

// Far above the default of `maxChunks`, which is the application's to set; what is read is held in memory, 200 MB at most.
const MAX_CHUNKS = 512;

/** Whether its value is a text, as applications with `codec: 'json'` and programs in other languages write them. */
export function isText(item: Item, layout: ResolvedLayout): boolean {
  return item[layout.value]?.S !== undefined;
}

/** @throws what DynamoDB answers, while chunks are read */
export async function readStored(
  address: string,
  item: Item,
  table: Table,
  signal: AbortSignal,
): Promise<StoredValue> {
  // Which codec an application has is not known here; the item shows it.
  const layout = { ...table.layout, holdsText: isText(item, table.layout) };
  const manifest = unpackManifest(address, item, layout, MAX_CHUNKS);
  if (manifest) return readChunked(manifest, item, table, signal);
  const isForeign = layout.holdsText && isForeignItem(item, layout);
  const stored = isForeign ? unpackForeign(item, layout, Date.now(), 0) : unpackItem(item, layout);
  const entry = stored.state === 'entry' ? stored.entry : undefined;
  const { B: binary, S: text } = item[layout.value] ?? {};
  return {
    ...(await unpacked(address, entry, layout)),
    version: isForeign ? undefined : stored.version,
    isForeign,
    chunks: 1,
    valueBytes: binary?.byteLength ?? Buffer.byteLength(text ?? ''),
    ...sizesOf([itemBytes(item)]),
  };
}

async function readChunked(
  manifest: Manifest,
  item: Item,
  table: Table,
  signal: AbortSignal,
): Promise<StoredValue> {
  let entry: Entry | undefined;
  await new ChunkedValues(table, MAX_CHUNKS).read([manifest], { signal }, (_manifest, whole) => {
    entry = whole;
  });
  const { address, count, totalBytes } = manifest;
  const { version } = manifest.entry;
  const known = {
    version,
    isForeign: false,
    chunks: count,
    valueBytes: totalBytes,
    ...sizesOf([itemBytes(item), ...chunkBytes(manifest, table.layout)]),
  };
  if (entry) return { ...(await unpacked(address, entry, table.layout)), ...known };
  const empty = { ...manifest.entry, bytes: new Uint8Array() };
  return { entry: empty, problem: 'incomplete', isCompressed: false, isSealed: false, ...known };
}

type Unpacked = Pick<StoredValue, 'entry' | 'problem' | 'isCompressed' | 'isSealed'>;

async function unpacked(
  address: string,
  entry: Entry | undefined,
  layout: ResolvedLayout,
): Promise<Unpacked> {
  const firstByte = entry?.bytes[0] ?? 0;
  const isSealed = (firstByte & Packing.Sealed) !== 0;
  const isCompressed = (firstByte & (Packing.Deflated | Packing.Zstd)) !== 0;
  const known = { isSealed, isCompressed };
  if (!entry) return { entry, problem: undefined, ...known };
  const packing = new EntryPacking({ compress: undefined, seal: undefined, layout, clock: systemClock });
  try {
    return { entry: await packing.unpack(address, entry), problem: undefined, ...known };
  } catch (error) {
    const isLocked = error instanceof UnpackableError && error.reason === 'sealed';
    return { entry, problem: isLocked ? 'sealed' : 'unreadable', ...known };
  }
}

// As they were written: the manifest says how large each of them is.
function chunkBytes(manifest: Manifest, layout: ResolvedLayout): number[] {
  const bytes = new Uint8Array(manifest.totalBytes);
  const ttlMs = manifest.entry.endsAtMs;
  return Array.from({ length: manifest.count }, (_, part) =>
    itemBytes(packChunk(manifest.address, manifest, part, bytes, layout, ttlMs)),
  );
}

/** Units are of each item by itself, rounded up. */
function sizesOf(sizes: readonly number[]): Pick<StoredValue, 'itemBytes' | 'readUnits' | 'writeUnits'> {
  const sum = (of: (bytes: number) => number) => sizes.reduce((total, bytes) => total + of(bytes), 0);
  return {
    itemBytes: sum((bytes) => bytes),
    readUnits: {
      eventual: sum((bytes) => readUnits(bytes, false)),
      consistent: sum((bytes) => readUnits(bytes, true)),
    },
    writeUnits: sum((bytes) => writeUnits(bytes)),
  };
}
