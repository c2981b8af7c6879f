/** Writes and reads the chunks of large values; the manifest is its caller's, who writes it last and reads it first. */
import { DynamoCacheError } from '../errors';
import type { Spent } from '../observability/charge';
import { chunkAddress } from '../key/addresses';
import { type Entry, TOMBSTONE_LIFE_MS } from '../tiers/entry';
import type { StoreCall } from '../tiers/entry-store';
import {
  type Chunks,
  type Manifest,
  chunkStart,
  cut,
  maxChunkedBytes,
  packChunk,
  unpackChunk,
} from './chunks';
import { type Item, maxValueBytes } from './item';
import { someAtOnce } from './some-at-once';
import type { Table } from './table';

/** More than `maxBytes` of the store says. The cache asks that first, so only who uses a store by itself meets it. */
export class ValueTooLargeError extends DynamoCacheError {
  readonly code = 'VALUE_TOO_LARGE';

  constructor(
    readonly bytes: number,
    readonly limit: number,
  ) {
    super(`A value takes ${bytes} bytes, and ${limit} can be kept at its address; raise maxChunks`);
  }
}

// Up to 4 MB a request, of the 16 that DynamoDB takes: JSON of 16 MB keeps the event loop from everybody else too long.
const CHUNKS_A_REQUEST = 10;
const REQUESTS_AT_ONCE = 4;

/** A value that is being put together. */
class Assembly {
  readonly missing: Set<number>;
  private readonly bytes: Uint8Array;

  constructor(readonly manifest: Manifest) {
    this.missing = new Set(Array.from({ length: manifest.count }, (_, part) => part));
    this.bytes = new Uint8Array(manifest.totalBytes);
  }

  get entry(): Entry | undefined {
    return this.missing.size > 0 ? undefined : { ...this.manifest.entry, bytes: this.bytes };
  }

  addressOf(part: number): string {
    return chunkAddress(this.manifest.address, this.manifest.id, part);
  }

  /** Takes what stands at the address of a part. */
  take(part: number, item: Item | undefined, layout: Table['layout']): void {
    const chunk = unpackChunk(item, this.manifest, part, layout);
    if (!chunk) return;
    this.bytes.set(chunk, chunkStart(this.manifest, part));
    this.missing.delete(part);
  }
}

export class ChunkedValues {
  constructor(
    private readonly table: Table,
    private readonly maxChunks: number,
  ) {}

  /**
   * How a value is to be cut; undefined when one item holds it.
   *
   * @throws ValueTooLargeError
   */
  cut(address: string, { bytes: { byteLength }, stamps }: Entry): Chunks | undefined {
    const { layout } = this.table;
    const limit = maxChunkedBytes(address, layout, this.maxChunks, stamps);
    if (byteLength > limit) throw new ValueTooLargeError(byteLength, limit);
    return byteLength <= maxValueBytes(address, layout, stamps)
      ? undefined
      : cut(address, byteLength, layout);
  }

  /**
   * Writes the chunks of a value. Nobody sees them until their manifest stands.
   *
   * @throws what DynamoDB answers; then some chunks may stand, which nobody will ever name
   */
  async write(
    address: string,
    { bytes, endsAtMs }: Entry,
    chunks: Chunks,
    nowMs: number,
    { signal, spent }: StoreCall,
  ): Promise<void> {
    const { layout } = this.table;
    // The manifest is packed later, and then lives for a tombstone's life at least.
    const ttlMs = Math.max(endsAtMs, nowMs + TOMBSTONE_LIFE_MS) + TOMBSTONE_LIFE_MS;
    const parts = Array.from({ length: chunks.count }, (_, part) => part);
    await someAtOnce(groupsOf(parts), REQUESTS_AT_ONCE, signal, (group, signal) => {
      const items = group.map((part) => () => packChunk(address, chunks, part, bytes, layout, ttlMs));
      return this.table.putMany(items, signal, spent && ((charge) => spent({ ...charge, address })));
    });
  }

  /**
   * Reads the values of manifests.
   *
   * @param found is told each value once it is whole; in the end those that are not
   */
  async read(
    manifests: readonly Manifest[],
    call: StoreCall,
    found: (manifest: Manifest, entry: Entry | undefined) => void,
  ): Promise<void> {
    const assemblies = manifests.map((manifest) => new Assembly(manifest));
    await this.fetch(assemblies, false, call, found);
    // They never change, so a replica has them or lags behind: what is not there is asked for once more, at twice the price.
    const incomplete = assemblies.filter(({ missing }) => missing.size > 0);
    if (incomplete.length === 0) return;
    await this.fetch(incomplete, true, call, found);
    for (const { manifest, missing } of incomplete) if (missing.size > 0) found(manifest, undefined);
  }

  private async fetch(
    assemblies: readonly Assembly[],
    consistent: boolean,
    { signal, spent }: StoreCall,
    found: (manifest: Manifest, entry: Entry) => void,
  ): Promise<void> {
    // Of a manifest that somebody copied to another address there may be two, and DynamoDB refuses a key asked for twice.
    const takers = new Map<string, ((item: Item | undefined) => void)[]>();
    const owners = new Map<string, string>();
    // Who asked for the value pays for its chunks.
    const shared: Spent = (charge) =>
      spent?.({ ...charge, address: owners.get(charge.address) ?? charge.address });
    for (const assembly of assemblies) {
      for (const part of assembly.missing) {
        const address = assembly.addressOf(part);
        owners.set(address, assembly.manifest.address);
        const take = (item: Item | undefined) => {
          assembly.take(part, item, this.table.layout);
          if (assembly.entry) found(assembly.manifest, assembly.entry);
        };
        takers.set(address, [...(takers.get(address) ?? []), take]);
      }
    }
    await someAtOnce(groupsOf([...takers.keys()]), REQUESTS_AT_ONCE, signal, (group, signal) =>
      this.table.getMany(
        group,
        consistent,
        signal,
        (address, item) => {
          for (const take of takers.get(address) ?? []) take(item);
        },
        spent && shared,
      ),
    );
  }
}

function groupsOf<T>(items: readonly T[]): T[][] {
  const groups: T[][] = [];
  for (let start = 0; start < items.length; start += CHUNKS_A_REQUEST)
    groups.push(items.slice(start, start + CHUNKS_A_REQUEST));
  return groups;
}
