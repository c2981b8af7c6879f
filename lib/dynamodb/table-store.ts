/** Entries in DynamoDB items: addresses are partition keys. */
import type { Clock } from '../clock';
import { isLease } from '../key/addresses';
import { type Entry, type Stored, type Tombstone, type Version, newVersion } from '../tiers/entry';
import type { ChangeListener } from '../tiers/entry-changes';
import type { EntryStore, FillOutcome, StoreCall } from '../tiers/entry-store';
import { type ClientOption, LazyConnection } from './client';
import { type Condition, itemStands, versionStands } from './conditions';
import { isForeignItem, isForeignVersion, unpackForeign } from './foreign-item';
import { type Item, maxValueBytes, packEntry, packTombstone, unpackItem } from './item';
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
  /** How long an item of another program that has no end is fresh, from each time it is read. */
  readonly undatedLifeMs: number;
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
  private readonly undatedLifeMs: number;
  private readonly closing = new AbortController();

  constructor({ table, client, layout, createTable, stream, undatedLifeMs, clock }: TableStoreOptions) {
    this.undatedLifeMs = undatedLifeMs;
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
    const items = await this.itemsOf([...new Set(addresses)], consistent, signal);
    const byAddress = new Map(items.map((item) => [item[this.layout.partitionKey]?.S, item]));
    return new Map(addresses.map((address) => [address, this.unpack(byAddress.get(address))]));
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
    if (!isForeignVersion(seen)) return this.fillOver(versionStands(seen, this.layout), item, entry, signal);
    // A condition cannot compare a digest, so what was seen is read again and compared as it is.
    const standing = await this.table.get(address, true, signal);
    const stored = this.unpack(standing);
    if (stored.version === entry.version) return { filled: true };
    if (!standing || stored.version !== seen) return { filled: false, standing: stored };
    return this.fillOver(itemStands(standing, this.layout), item, entry, signal);
  }

  async put(address: string, entry: Entry, { signal }: StoreCall): Promise<void> {
    const versioned = renewed(entry);
    await this.table.put(() => packEntry(address, versioned(), this.layout, this.clock.now()), signal);
  }

  async evict(address: string, tombstone: Tombstone, { signal }: StoreCall): Promise<boolean> {
    const versioned = renewed(tombstone);
    const replaced = await this.table.replace(() => packTombstone(address, versioned(), this.layout), signal);
    const old = this.unpack(replaced);
    return old.state === 'entry' && old.entry.endsAtMs > this.clock.now();
  }

  // Tombstones, not deletions: a deletion would take away the version that a load under way has to trip over. They cost
  // the same write units, and TTL removes them for nothing.
  async evictAll(
    prefixes: readonly string[],
    tombstone: () => Tombstone,
    evicted?: (addresses: readonly string[]) => Promise<void>,
  ): Promise<void> {
    for await (const found of this.table.scanKeys(prefixes, requestSignal)) {
      // Whoever holds a lease or a lock goes on holding it.
      const addresses = found.filter((address) => !isLease(address));
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

  private async fillOver(
    condition: Condition,
    item: Item,
    entry: Entry,
    signal: AbortSignal,
  ): Promise<FillOutcome> {
    const refusal = await this.table.putOver(condition, item, entry.version, signal);
    if (!refusal) return { filled: true };
    const { inTheWay, isRepeated } = refusal;
    // An engine that does not return the item says nothing about it.
    const standing = Object.keys(inTheWay).length > 0 ? this.unpack(inTheWay) : undefined;
    return {
      filled: false,
      ...(standing && { standing }),
      ...(isRepeated && { mayHaveFilled: true }),
    };
  }

  private unpack(item: Item | undefined): Stored {
    const { layout, clock, undatedLifeMs } = this;
    const isForeign = item !== undefined && layout.holdsText && isForeignItem(item, layout);
    return isForeign ? unpackForeign(item, layout, clock.now(), undatedLifeMs) : unpackItem(item, layout);
  }

  private async itemsOf(
    addresses: readonly string[],
    consistent: boolean,
    signal: AbortSignal,
  ): Promise<Item[]> {
    const [only, ...rest] = addresses;
    if (only === undefined) return [];
    if (rest.length > 0) return this.table.getMany(addresses, consistent, signal);
    const item = await this.table.get(only, consistent, signal);
    return item ? [item] : [];
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
