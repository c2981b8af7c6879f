import type { Entry, Stored, Tombstone, Version } from '../../lib/tiers/entry';
import type { Answered, EntryStore, StoreCall } from '../../lib/tiers/entry-store';

export type Operation = 'read' | 'fill' | 'put' | 'evict' | 'evictAll';

/** A store that writes down what it is asked, and lets a test hold an operation back or make it fail. */
export class WatchedStore implements EntryStore {
  /** `read a,b`, `fill a` …, in the order in which they were sent; the namespace `cache` is left out. */
  readonly sent: string[] = [];
  /** Whether each read was asked to be consistent. */
  readonly consistent: boolean[] = [];
  /** Runs before an operation reaches the store; what it throws is what the operation rejects with. */
  before: ((operation: Operation, keys: readonly string[]) => Promise<void> | void) | undefined;
  /** Runs when the store has answered, before the caller hears of it. */
  after: ((operation: Operation, keys: readonly string[]) => Promise<void> | void) | undefined;
  isClosed = false;

  constructor(readonly inner: EntryStore) {}

  /** How often an operation was sent. */
  count(operation: Operation): number {
    return this.sent.filter((line) => line.split(' ')[0] === operation).length;
  }

  /** How often a key was read. */
  readsOf(key: string): number {
    return this.sent.filter((line) => line.startsWith('read ') && line.slice(5).split(',').includes(key))
      .length;
  }

  read(keys: readonly string[], call: StoreCall, answered?: Answered): Promise<ReadonlyMap<string, Stored>> {
    this.consistent.push(call.consistent ?? false);
    return this.watch('read', keys, () => this.inner.read(keys, call, answered));
  }

  maxBytes(key: string): number {
    return this.inner.maxBytes(key);
  }

  fill(key: string, entry: Entry, seen: Version | undefined, call: StoreCall) {
    return this.watch('fill', [key], () => this.inner.fill(key, entry, seen, call));
  }

  put(key: string, entry: Entry, call: StoreCall): Promise<void> {
    return this.watch('put', [key], () => this.inner.put(key, entry, call));
  }

  evict(key: string, tombstone: Tombstone, call: StoreCall): Promise<boolean> {
    return this.watch('evict', [key], () => this.inner.evict(key, tombstone, call));
  }

  evictAll(...args: Parameters<EntryStore['evictAll']>): Promise<void> {
    return this.watch('evictAll', args[0], () => this.inner.evictAll(...args));
  }

  prepare(): Promise<void> {
    return this.inner.prepare();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.inner.close();
  }

  private async watch<T>(
    operation: Operation,
    addresses: readonly string[],
    run: () => Promise<T>,
  ): Promise<T> {
    const keys = addresses.map((address) => address.replace(/^cache#/, ''));
    this.sent.push(`${operation} ${keys.join(',')}`);
    await this.before?.(operation, keys);
    const answer = await run();
    await this.after?.(operation, keys);
    return answer;
  }
}
