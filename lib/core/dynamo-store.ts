import type { Spent } from '../observability/charge';
import { TableStore } from '../dynamodb/table-store';
import { DynamoCache } from '../engine/dynamo-cache';
import { KeyvStore } from '../keyv/keyv-store';
import type { Entry, Stored, Tombstone, Version } from '../tiers/entry';
import type { ChangeListener } from '../tiers/entry-changes';
import type { Answered, EntryStore, FillOutcome, StoreCall } from '../tiers/entry-store';
import { composeStore } from './compose-store';
import type { DynamoCacheOptions } from './options';
import { resolveOptions } from './resolve-options';

/**
 * The table: entries in DynamoDB items. By itself it is a storage adapter for Keyv 5, with the same options, deadlines
 * and promises as the cache: nothing is thrown at the Keyv, and what fails is emitted as its `error`.
 *
 * @example
 * const keyv = new Keyv({ store: new DynamoStore({ table: 'cache-prod' }) });
 */
export class DynamoStore extends KeyvStore implements EntryStore {
  private readonly table: TableStore;

  /** The table's name. */
  readonly tableName: string;

  /** @throws InvalidOptionsError, InvalidTypesError or InvalidKeyPartError when an option cannot work */
  constructor(options: DynamoCacheOptions = {}) {
    const resolved = resolveOptions(options);
    const { engine, store } = resolved;
    let cache: DynamoCache | undefined;
    super(() => {
      cache ??= new DynamoCache(composeStore(this, resolved), engine);
      return { cache, codec: engine.codec, serialises: true };
    });
    this.table = new TableStore(store);
    this.tableName = store.table;
  }

  read(addresses: readonly string[], call: StoreCall, answered?: Answered): Promise<Map<string, Stored>> {
    return this.watched(this.table.read(addresses, call, answered));
  }

  maxBytes(address: string, stamps?: Entry['stamps']): number {
    return this.table.maxBytes(address, stamps);
  }

  fill(address: string, entry: Entry, seen: Version | undefined, call: StoreCall): Promise<FillOutcome> {
    return this.watched(this.table.fill(address, entry, seen, call));
  }

  put(address: string, entry: Entry, call: StoreCall): Promise<void> {
    return this.watched(this.table.put(address, entry, call));
  }

  putMany(entries: ReadonlyMap<string, Entry>, call: StoreCall): Promise<void> {
    return this.watched(this.table.putMany(entries, call));
  }

  evict(address: string, tombstone: Tombstone, call: StoreCall): Promise<boolean> {
    return this.watched(this.table.evict(address, tombstone, call));
  }

  evictAll(
    prefixes: readonly string[],
    tombstone: () => Tombstone,
    evicted?: (addresses: readonly string[]) => Promise<void>,
    spent?: Spent,
  ): Promise<void> {
    return this.table.evictAll(prefixes, tombstone, evicted, spent);
  }

  follow(listener: ChangeListener): Promise<void> {
    return this.table.follow(listener);
  }

  connect(): Promise<void> | undefined {
    return this.table.connect();
  }

  prepare(): Promise<void> {
    return this.table.prepare();
  }

  close(): Promise<void> {
    return this.table.close();
  }

  // Not of `evictAll`: what that throws reaches Keyv, which emits it by itself.
  private async watched<T>(operation: Promise<T>): Promise<T> {
    try {
      return await operation;
    } catch (error) {
      this.tell(error);
      throw error;
    }
  }
}
