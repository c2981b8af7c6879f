import { resolveTableName } from './table-name';
import type { Clock } from '../clock';
import { systemClock } from '../clock';
import { createCodec } from '../codec/value-codec';
import type { Type } from '../codec/type-registry';
import { type Duration, durationMs } from '../duration';
import { assertNamespace, assertVersion, itemPrefix, storageKey } from '../key/storage-key';
import { KeyvAdapter, type KeyvEntry } from '../keyv/keyv-adapter';
import {
  type Entry,
  type Stored,
  type Tombstone,
  type Version,
  newTombstone,
  newVersion,
} from '../tiers/entry';
import type { EntryStore, StoreCall } from '../tiers/entry-store';
import { type ClientOption, LazyConnection } from './client';
import { type Item, maxValueBytes, packEntry, packTombstone, unpackItem } from './item';
import { type ResolvedLayout, type TableLayout, resolveLayout } from './layout';
import { prepareTable } from './prepare-table';
import { Table } from './table';

export interface DynamoStoreOptions {
  /** The table's name. @default the environment's CACHE_TABLE, else `cache-<NODE_ENV>` */
  table?: string;
  /** A `DynamoDBClient`, or its configuration. @default a client by the SDK's own default chain */
  client?: ClientOption;
  /** What the partition keys of this cache start with, so that several caches share a table. @default 'cache' */
  namespace?: string;
  /** Set apart from what another version wrote: change it when the shape of cached values changes. @default none */
  version?: string;
  /** The table's attribute names. @default `{ partitionKey: 'pk', value: 'v', ttl: 'ttl' }`, no sort key */
  layout?: TableLayout;
  /** Creates the table at start-up when it does not exist, and switches its TTL on; for development. @default false */
  createTable?: boolean;
  /** Classes whose instances keep their prototype; used where the store decodes values itself, behind Keyv. */
  types?: readonly Type[];
  /** Budget of one operation behind Keyv, which has none of its own. @default '500ms' */
  timeout?: Duration;
  /** How long a value lives that Keyv sets without a TTL. Nothing lives longer than this or 30 days. @default '30d' */
  ttl?: Duration;
  /** @default the system's clock */
  clock?: Clock;
}

// Requests of a flush are not on a caller's path; they get more time than the budget of a cached call.
const SCAN_REQUEST_MS = 30_000;
const MAX_BATCH_READS = 100;
// "For ever", such as Number.MAX_SAFE_INTEGER, is no time that an item could carry.
const LONGEST_MS = durationMs('30d', 'ttl');
// What stored keys start with that only keep a digest; see key/storage-key.ts.
const HASHED = '~sha256';

/**
 * The table: entries in DynamoDB items. By itself it is a storage adapter for Keyv 5.
 *
 * @example
 * const keyv = new Keyv({ store: new DynamoStore({ table: 'cache-prod' }) });
 */
export class DynamoStore extends KeyvAdapter implements EntryStore {
  private readonly table: Table;
  private readonly layout: ResolvedLayout;
  private readonly prefix: string;
  private readonly createTable: boolean;
  private readonly clock: Clock;
  private readonly timeoutMs: number;
  private readonly ttlMs: number;

  /** @throws InvalidOptionsError, InvalidKeyPartError when an option cannot work */
  constructor(options: DynamoStoreOptions = {}) {
    super(createCodec({ types: options.types ?? [] }));
    const { namespace = 'cache', version } = options;
    assertNamespace(namespace);
    if (version !== undefined) assertVersion(version);
    this.prefix = itemPrefix(namespace, version);
    this.layout = resolveLayout(options.layout);
    this.clock = options.clock ?? systemClock;
    this.timeoutMs = durationMs(options.timeout ?? '500ms', 'timeout');
    this.ttlMs = durationMs(options.ttl ?? '30d', 'ttl');
    this.createTable = options.createTable ?? false;
    this.table = new Table(resolveTableName(options.table), this.layout, new LazyConnection(options.client));
  }

  /** The table's name. */
  get tableName(): string {
    return this.table.name;
  }

  async read(
    keys: readonly string[],
    { signal, consistent = false }: StoreCall,
  ): Promise<Map<string, Stored>> {
    const items = await this.itemsOf(
      keys.map((key) => this.pk(key)),
      consistent,
      signal,
    );
    const byPk = new Map(items.map((item) => [item[this.layout.partitionKey]?.S, item]));
    return new Map(keys.map((key) => [key, unpackItem(byPk.get(this.pk(key)), this.layout)]));
  }

  maxBytes(key: string): number {
    return maxValueBytes(this.pk(key), this.layout);
  }

  async fill(
    key: string,
    entry: Entry,
    seen: Version | undefined,
    { signal }: StoreCall,
  ): Promise<'filled' | 'overtaken'> {
    const item = packEntry(this.pk(key), entry, this.layout, this.clock.now());
    return (await this.table.putOver(seen, item, entry.version, signal)) ? 'filled' : 'overtaken';
  }

  async put(key: string, entry: Entry, { signal }: StoreCall): Promise<void> {
    await this.table.put(packEntry(this.pk(key), entry, this.layout, this.clock.now()), signal);
  }

  async evict(key: string, tombstone: Tombstone, { signal }: StoreCall): Promise<boolean> {
    const old = unpackItem(
      await this.table.put(packTombstone(this.pk(key), tombstone, this.layout), signal),
      this.layout,
    );
    return old.state === 'entry' && old.entry.endsAtMs > this.clock.now();
  }

  // Tombstones, not deletions: a deletion would take away the version that a load under way has to trip over. They cost
  // the same write units, and TTL removes them for nothing.
  async evictAll(prefix: string, tombstone: () => Tombstone): Promise<void> {
    const prefixes = [this.prefix + escapePrefix(prefix), ...(prefix === '' ? [] : [this.prefix + HASHED])];
    for await (const pks of this.table.scanKeys(prefixes, requestSignal)) {
      const tombstones = pks.map((pk) => packTombstone(pk, tombstone(), this.layout));
      await this.table.putMany(tombstones, requestSignal());
    }
  }

  async prepare(): Promise<void> {
    if (this.createTable) await prepareTable(this.table);
  }

  /** Closes the client if it was made here. */
  async close(): Promise<void> {
    await this.table.close();
  }

  /** Keyv's name for `close`. */
  async disconnect(): Promise<void> {
    await this.close();
  }

  protected async findEntries(keys: readonly string[]): Promise<(KeyvEntry | undefined)[]> {
    const signal = this.deadline();
    const pages = Array.from({ length: Math.ceil(keys.length / MAX_BATCH_READS) }, (_, page) =>
      this.read(keys.slice(page * MAX_BATCH_READS, (page + 1) * MAX_BATCH_READS), { signal }),
    );
    const found = new Map((await Promise.all(pages)).flatMap((page) => [...page]));
    const nowMs = this.clock.now();
    return keys.map((key) => {
      const stored = found.get(key);
      return stored?.state === 'entry' && stored.entry.endsAtMs > nowMs ? stored.entry : undefined;
    });
  }

  protected async setEntry(key: string, bytes: Uint8Array, ttlMs = this.ttlMs): Promise<boolean> {
    if (bytes.byteLength > this.maxBytes(key)) {
      await this.evictEntry(key);
      return false;
    }
    const nowMs = this.clock.now();
    const endsAtMs = nowMs + Math.min(ttlMs, Math.max(this.ttlMs, LONGEST_MS));
    const entry = { bytes, version: newVersion(), loadedAtMs: nowMs, freshUntilMs: endsAtMs, endsAtMs };
    await this.put(key, entry, { signal: this.deadline() });
    return true;
  }

  protected evictEntry(key: string): Promise<boolean> {
    return this.evict(key, this.tombstone(), { signal: this.deadline() });
  }

  protected evictPrefix(prefix: string): Promise<void> {
    return this.evictAll(prefix, () => this.tombstone());
  }

  private tombstone(): Tombstone {
    return newTombstone(this.clock.now());
  }

  private deadline(): AbortSignal {
    return AbortSignal.timeout(this.timeoutMs);
  }

  private async itemsOf(pks: readonly string[], consistent: boolean, signal: AbortSignal): Promise<Item[]> {
    const [only, ...rest] = [...new Set(pks)];
    if (only === undefined) return [];
    if (rest.length > 0) return this.table.getMany([only, ...rest], consistent, signal);
    const item = await this.table.get(only, consistent, signal);
    return item ? [item] : [];
  }

  private pk(key: string): string {
    return this.prefix + storageKey(key);
  }
}

// A prefix is escaped as a key is, but never hashed.
function escapePrefix(prefix: string): string {
  return prefix.startsWith('~') ? `~${prefix}` : prefix;
}

function requestSignal(): AbortSignal {
  return AbortSignal.timeout(SCAN_REQUEST_MS);
}
