import type { Entry, Stored, Tombstone, Version } from './entry';

/** What accompanies each operation. */
export interface StoreCall {
  /** Ends the operation, retries and back-off included. */
  readonly signal: AbortSignal;
  /** Whether a read must see every write acknowledged before it. @default false */
  readonly consistent?: boolean;
}

/**
 * A place where entries live for the whole fleet. `DynamoStore` is the real one, `InMemoryStore` the stand-in for
 * tests; `storeContract` of `nestjs-dynamo-cache/testing` says in code what each of them owes.
 *
 * A store moves entries. It does not decide whether one is fresh, and it may reject: whoever calls it survives that.
 */
export interface EntryStore {
  /** Every key asked for is in the answer, once. */
  read(keys: readonly string[], call: StoreCall): Promise<ReadonlyMap<string, Stored>>;

  /** Largest `Entry.bytes` that `fill` and `put` can hold under this key. */
  maxBytes(key: string): number;

  /**
   * Writes an entry only where `seen`, the version that was read before the load, still stands. Writing the same
   * entry again after a lost response is `filled`, too.
   */
  fill(
    key: string,
    entry: Entry,
    seen: Version | undefined,
    call: StoreCall,
  ): Promise<'filled' | 'overtaken'>;

  /** Writes an entry whatever stands there. */
  put(key: string, entry: Entry, call: StoreCall): Promise<void>;

  /** Leaves a tombstone, whatever stands there. Resolves to whether that was an entry which had not ended. */
  evict(key: string, tombstone: Tombstone, call: StoreCall): Promise<boolean>;

  /**
   * Evicts every entry whose key starts with `prefix`, and nothing of another namespace. Keys too long to be kept
   * whole are evicted with any prefix, since nobody can tell how they began.
   */
  evictAll(prefix: string, tombstone: () => Tombstone): Promise<void>;

  /** Start-up work, such as creating the table when that is asked for. */
  prepare(): Promise<void>;

  /** Lets go of what the store made itself. */
  close(): Promise<void>;
}
