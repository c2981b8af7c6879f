/** Entries in DynamoDB items: addresses are partition keys. */
import type { Clock } from '../clock';
import type { Spent } from '../observability/charge';
import { isLease } from '../key/addresses';
import { type Entry, type Stored, type Tombstone, type Version, newVersion } from '../tiers/entry';
import type { ChangeListener } from '../tiers/entry-changes';
import type { Answered, EntryStore, FillOutcome, StoreCall } from '../tiers/entry-store';
import { type ClientOption, LazyConnection } from './client';
import { ChunkedValues } from './chunked-values';
import { type Chunks, type Manifest, maxChunkedBytes, packManifest, unpackManifest } from './chunks';
import { type Condition, itemStands, versionStands } from './conditions';
import { isForeignItem, isForeignVersion, unpackForeign } from './foreign-item';
import { type Item, packEntry, packTombstone, unpackItem } from './item';
import type { ResolvedLayout } from './layout';
import { prepareTable } from './prepare-table';
import { switchStreamOn } from './prepare-stream';
import { StreamFollower } from './stream-follower';
import { StreamSource } from './stream-source';
import { Table } from './table';

export interface TableStoreOptions {
  readonly table: string;
  readonly client: ClientOption | undefined;
  readonly layout: ResolvedLayout;
  /** How many chunks a value may have; 1 keeps each value in one item. */
  readonly maxChunks: number;
  readonly createTable: boolean;
  /** Whether the table that is created, or prepared, needs a stream. */
  readonly stream: boolean;
  /** How long an item of another program that has no end is fresh, from each time it is read. */
  readonly undatedLifeMs: number;
  /** Whether DynamoDB is asked what each request cost. */
  readonly trackCapacity: boolean;
  readonly clock: Clock;
}

// Requests of a flush are not on a caller's path; they get more time than the budget of a cached call.
const SCAN_REQUEST_MS = 30_000;

export class TableStore implements EntryStore {
  private readonly table: Table;
  private readonly layout: ResolvedLayout;
  private readonly chunked: ChunkedValues;
  private readonly maxChunks: number;
  private readonly clock: Clock;
  private readonly createTable: boolean;
  private readonly stream: boolean;
  private readonly undatedLifeMs: number;
  private readonly closing = new AbortController();

  constructor({
    table,
    client,
    layout,
    maxChunks,
    createTable,
    stream,
    undatedLifeMs,
    trackCapacity,
    clock,
  }: TableStoreOptions) {
    this.undatedLifeMs = undatedLifeMs;
    this.stream = stream;
    this.table = new Table(table, layout, new LazyConnection(client), trackCapacity);
    this.layout = layout;
    this.chunked = new ChunkedValues(this.table, maxChunks);
    this.maxChunks = maxChunks;
    this.clock = clock;
    this.createTable = createTable;
  }

  async read(
    addresses: readonly string[],
    call: StoreCall,
    answered: Answered = () => undefined,
  ): Promise<Map<string, Stored>> {
    const found = new Map<string, Stored>();
    const answer = (address: string, stored: Stored) => {
      found.set(address, stored);
      answered(address, stored);
    };
    const manifests: Manifest[] = [];
    const take = (address: string, item: Item | undefined) => {
      const manifest = this.manifestOf(address, item);
      // What has ended is served to nobody.
      if (manifest && manifest.entry.endsAtMs > this.clock.now()) manifests.push(manifest);
      else answer(address, this.unpack(item));
    };
    const { signal, consistent = false, spent } = call;
    const [first, ...others] = new Set(addresses);
    if (first === undefined) return found;
    if (others.length > 0) await this.table.getMany([first, ...others], consistent, signal, take, spent);
    else take(first, await this.table.get(first, consistent, signal, spent));
    if (manifests.length === 0) return found;
    await this.chunked.read(manifests, call, ({ address, entry: { version } }, entry) => {
      answer(address, entry ? { state: 'entry', version, entry } : { state: 'empty', version });
    });
    return found;
  }

  maxBytes(address: string, stamps?: Entry['stamps']): number {
    return maxChunkedBytes(address, this.layout, this.maxChunks, stamps);
  }

  async fill(
    address: string,
    entry: Entry,
    seen: Version | undefined,
    call: StoreCall,
  ): Promise<FillOutcome> {
    const chunks = this.chunked.cut(address, entry);
    const mustLook = chunks !== undefined || isForeignVersion(seen);
    if (!mustLook) return this.fillOver(versionStands(seen, this.layout), address, entry, chunks, call);
    // Chunks: a read unit, before many write units are spent on what was overtaken already. Another program's item: a
    // condition cannot compare a digest, so what was seen is read again and compared as it is.
    const standing = await this.table.get(address, true, call.signal, call.spent);
    const { version } = this.unpack(standing);
    if (version === entry.version) return { filled: true };
    if (version !== seen) return this.refused(address, standing);
    if (chunks) await this.chunked.write(address, entry, chunks, this.clock.now(), call);
    const condition =
      standing && isForeignVersion(seen)
        ? itemStands(standing, this.layout)
        : versionStands(seen, this.layout);
    return this.fillOver(condition, address, entry, chunks, call);
  }

  async put(address: string, entry: Entry, call: StoreCall): Promise<void> {
    await this.table.put(await this.puttable(address, entry, call), call.signal, call.spent);
  }

  async putMany(entries: ReadonlyMap<string, Entry>, call: StoreCall): Promise<void> {
    const items: (() => Item)[] = [];
    for (const [address, entry] of entries) items.push(await this.puttable(address, entry, call));
    await this.table.putMany(items, call.signal, call.spent);
  }

  async evict(address: string, tombstone: Tombstone, { signal, spent }: StoreCall): Promise<boolean> {
    const versioned = renewed(tombstone);
    const item = () => packTombstone(address, versioned(), this.layout);
    // After an answer that was lost this meets our own first tombstone, and what that replaced is not known any more.
    const replaced = await this.table.replace(item, signal, spent);
    const old = this.manifestOf(address, replaced) ?? this.unpack(replaced);
    return 'entry' in old && old.entry.endsAtMs > this.clock.now();
  }

  // Tombstones, not deletions: a deletion would take away the version that a load under way has to trip over. They cost
  // the same write units, and TTL removes them for nothing.
  async evictAll(
    prefixes: readonly string[],
    tombstone: () => Tombstone,
    evicted?: (addresses: readonly string[]) => Promise<void>,
    spent?: Spent,
  ): Promise<void> {
    for await (const found of this.table.scanKeys(prefixes, requestSignal, spent)) {
      // Whoever holds a lease or a lock goes on holding it.
      const addresses = found.filter((address) => !isLease(address));
      const tombstones = addresses.map((address) => () => packTombstone(address, tombstone(), this.layout));
      await this.table.putMany(tombstones, requestSignal(), spent);
      await evicted?.(addresses);
    }
  }

  connect(): Promise<void> | undefined {
    return this.table.connect();
  }

  async prepare(): Promise<void> {
    if (!this.createTable) return;
    await prepareTable(this.table);
    if (this.stream) await switchStreamOn(this.table);
  }

  follow(listener: ChangeListener): Promise<void> {
    const { signal } = this.closing;
    return new StreamFollower(new StreamSource(this.table, signal), this.clock, listener, signal).run();
  }

  /** Closes the client if it was made here. */
  async close(): Promise<void> {
    this.closing.abort();
    await this.table.close();
  }

  private async fillOver(
    condition: Condition,
    address: string,
    entry: Entry,
    chunks: Chunks | undefined,
    { signal, spent }: StoreCall,
  ): Promise<FillOutcome> {
    const item = this.pack(address, entry, chunks);
    const refusal = await this.table.putOver(condition, item, entry.version, signal, spent);
    if (!refusal) return { filled: true };
    const { inTheWay, isRepeated } = refusal;
    return { ...this.refused(address, inTheWay), ...(isRepeated && { mayHaveFilled: true }) };
  }

  private unpack(item: Item | undefined): Stored {
    const { layout, clock, undatedLifeMs } = this;
    const isForeign = item !== undefined && layout.holdsText && isForeignItem(item, layout);
    return isForeign ? unpackForeign(item, layout, clock.now(), undatedLifeMs) : unpackItem(item, layout);
  }

  /** What is put, once its chunks stand: made anew for each attempt. */
  private async puttable(address: string, entry: Entry, call: StoreCall): Promise<() => Item> {
    const chunks = this.chunked.cut(address, entry);
    if (chunks) await this.chunked.write(address, entry, chunks, this.clock.now(), call);
    const versioned = renewed(entry);
    return () => this.pack(address, versioned(), chunks);
  }

  // An engine that does not return the item says nothing about it, and a manifest is not all that stands there.
  private refused(address: string, inTheWay: Item = {}): FillOutcome {
    if (Object.keys(inTheWay).length === 0 || this.manifestOf(address, inTheWay)) return { filled: false };
    return { filled: false, standing: this.unpack(inTheWay) };
  }

  private manifestOf(address: string, item: Item | undefined): Manifest | undefined {
    return unpackManifest(address, item, this.layout, this.maxChunks);
  }

  private pack(address: string, entry: Entry, chunks: Chunks | undefined): Item {
    const nowMs = this.clock.now();
    if (chunks) return packManifest(address, entry, chunks, this.layout, nowMs);
    return packEntry(address, entry, this.layout, nowMs);
  }
}

/** The write itself at first, then the same under versions that nobody has seen. */
function renewed<W extends { readonly version: Version }>(write: W): () => W {
  let attempts = 0;
  return () => (attempts++ === 0 ? write : { ...write, version: newVersion() });
}

function requestSignal(): AbortSignal {
  return AbortSignal.timeout(SCAN_REQUEST_MS);
}
