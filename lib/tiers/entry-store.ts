import type { Spent } from '../observability/charge';
import type { Entry, Stored, Tombstone, Version } from './entry';
import type { ChangeListener } from './entry-changes';

/** What accompanies each operation. */
export interface StoreCall {
  /** Ends the operation, retries and back-off included. */
  readonly signal: AbortSignal;
  /** Whether a read must see every write acknowledged before it. @default false */
  readonly consistent?: boolean;
  /** Told what the operation costs, once for each address and request, also when it fails; for `stats()`. */
  readonly spent?: Spent | undefined;
}

/**
 * Whether a fill stands now; else, where the store can tell, what stood in its way. `mayHaveFilled` says that it was
 * sent more than once: a first attempt, whose answer was lost, may have stood until something else took its place.
 */
export type FillOutcome =
  | { readonly filled: true }
  | { readonly filled: false; readonly standing?: Stored; readonly mayHaveFilled?: boolean };

/** Is told what stands at an address. */
export type Answered = (address: string, stored: Stored) => void;

/**
 * A place where entries live for the whole fleet. `DynamoStore` is the real one, `InMemoryStore` the stand-in for
 * tests; `storeContract` of `nestjs-dynamo-cache/testing` says in code what each of them owes.
 *
 * A store moves entries between addresses, which `Addresses` makes out of namespaces and keys. It does not decide
 * whether an entry is fresh, and it may reject: whoever calls it survives that.
 */
export interface EntryStore {
  /**
   * Every address asked for is in the answer, once.
   *
   * @param answered may be told some of it before, which then stands even when the rest cannot be read
   */
  read(
    addresses: readonly string[],
    call: StoreCall,
    answered?: Answered,
  ): Promise<ReadonlyMap<string, Stored>>;

  /**
   * Beyond this many `Entry.bytes`, `fill` and `put` need not be tried at this address.
   *
   * @param stamps of the entry: many of them take room
   */
  maxBytes(address: string, stamps?: Entry['stamps']): number;

  /**
   * Writes an entry only where `seen`, the version that was read before the load, still stands. Writing the same
   * entry again after a lost response fills, too.
   *
   * @throws EntryRefusedError, nothing being sent, for an entry that cannot be kept at all
   */
  fill(address: string, entry: Entry, seen: Version | undefined, call: StoreCall): Promise<FillOutcome>;

  /** Writes an entry whatever stands there. @throws EntryRefusedError, nothing being sent, as `fill` does */
  put(address: string, entry: Entry, call: StoreCall): Promise<void>;

  /** `put` for several, in few requests. A store that has it not is given them one by one. */
  putMany?(entries: ReadonlyMap<string, Entry>, call: StoreCall): Promise<void>;

  /**
   * Leaves a tombstone, whatever stands there. Resolves to whether that was an entry which had not ended; to false, too,
   * when the answer that said so was lost and the write repeated.
   */
  evict(address: string, tombstone: Tombstone, call: StoreCall): Promise<boolean>;

  /**
   * Evicts every entry whose address starts with one of the prefixes.
   *
   * @param evicted is told which they were, once they are, some at a time
   * @param spent is told what it costs
   */
  evictAll(
    prefixes: readonly string[],
    tombstone: () => Tombstone,
    evicted?: (addresses: readonly string[]) => Promise<void>,
    spent?: Spent,
  ): Promise<void>;

  /** Tells what any process writes, until the store is closed. Never rejects; a store that cannot tell has it not. */
  follow?(listener: ChangeListener): Promise<void>;

  /**
   * Loads what it works with, such as a client library; never rejects. It is awaited before each operation and is no part of
   * the operation's budget, so it waits for nothing but this machine. Undefined once that is there.
   */
  connect?(): Promise<void> | undefined;

  /** Start-up work, such as creating the table when that is asked for. */
  prepare(): Promise<void>;

  /** Lets go of what the store made itself. */
  close(): Promise<void>;
}
