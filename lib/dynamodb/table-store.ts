/** Entries in DynamoDB items: addresses are partition keys. */
import type { Clock } from '../clock';
import { type Entry, type Stored, type Tombstone, type Version, newVersion } from '../tiers/entry';
import type { ChangeListener } from '../tiers/entry-changes';
import type { EntryStore, FillOutcome, StoreCall } from '../tiers/entry-store';
import { type ClientOption, LazyConnection } from './client';
import { maxValueBytes, packEntry, packTombstone, unpackItem } from './item';
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
  readonly createTable: boolean;
  /** Whether the table that is created, or prepared, needs a stream. */
  readonly stream: boolean;
  readonly clock: Clock;
}

// Requests of a flush are not on a caller's path; they get more time than the budget of a cached call.
const SCAN_REQUEST_MS = 30_000;

export class TableStore implements EntryStore {
  private readonly table: Table;
  private readonly layout: ResolvedLayout;
  private readonly clock: Clock;
  private readonly createTable: boolean;
  private readonly stream: boolean;
  private readonly closing = new AbortController();

  constructor({ table, client, layout, createTable, stream, clock }: TableStoreOptions) {
    this.stream = stream;
    this.table = new Table(table, layout, new LazyConnection(client));
    this.layout = layout;
    this.clock = clock;
    this.createTable = createTable;
  }

  async read(
    addresses: readonly string[],
    { signal, consistent = false }: StoreCall,
  ): Promise<Map<string, Stored>> {
    const [only, ...others] = addresses;
    if (only === undefined) return new Map();
    if (others.length === 0) {
      const item = await this.table.get(only, consistent, signal);
      return new Map([[only, unpackItem(item, this.layout)]]);
    }
    const items = await this.table.getMany([...new Set(addresses)], consistent, signal);
    const byAddress = new Map(items.map((item) => [item[this.layout.partitionKey]?.S, item]));
    return new Map(addresses.map((address) => [address, unpackItem(byAddress.get(address), this.layout)]));
  }

  maxBytes(address: string): number {
    return maxValueBytes(address, this.layout);
  }

  async fill(
    address: string,
    entry: Entry,
    seen: Version | undefined,
    { signal }: StoreCall,
  ): Promise<FillOutcome> {
    const item = packEntry(address, entry, this.layout, this.clock.now());
    const inTheWay = await this.table.putOver(seen, item, entry.version, signal);
    if (!inTheWay) return { filled: true };
    // An engine that does not return the item says nothing about it.
    if (Object.keys(inTheWay).length === 0) return { filled: false };
    return { filled: false, standing: unpackItem(inTheWay, this.layout) };
  }

  async put(address: string, entry: Entry, { signal }: StoreCall): Promise<void> {
    const versioned = renewed(entry);
    await this.table.put(() => packEntry(address, versioned(), this.layout, this.clock.now()), signal);
  }

  async evict(address: string, tombstone: Tombstone, { signal }: StoreCall): Promise<boolean> {
    const versioned = renewed(tombstone);
    const replaced = await this.table.replace(() => packTombstone(address, versioned(), this.layout), signal);
    const old = unpackItem(replaced, this.layout);
    return old.state === 'entry' && old.entry.endsAtMs > this.clock.now();
  }

  // Tombstones, not deletions: a deletion would take away the version that a load under way has to trip over. They cost
  // the same write units, and TTL removes them for nothing.
  async evictAll(
    prefixes: readonly string[],
    tombstone: () => Tombstone,
    evicted?: (addresses: readonly string[]) => Promise<void>,
  ): Promise<void> {
    for await (const addresses of this.table.scanKeys(prefixes, requestSignal)) {
      const tombstones = addresses.map((address) => packTombstone(address, tombstone(), this.layout));
      await this.table.putMany(tombstones, requestSignal());
      await evicted?.(addresses);
    }
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
}

/** The write itself at first, then the same under versions that nobody has seen. */
function renewed<W extends { readonly version: Version }>(write: W): () => W {
  let attempts = 0;
  return () => (attempts++ === 0 ? write : { ...write, version: newVersion() });
}

function requestSignal(): AbortSignal {
  return AbortSignal.timeout(SCAN_REQUEST_MS);
}
