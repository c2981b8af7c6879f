import { type Clock, systemClock } from '../clock';
import { DEFAULT_MAX_CHUNKS, maxChunkedBytes } from '../dynamodb/chunks';
import { resolveLayout } from '../dynamodb/layout';
import { isLease } from '../key/addresses';
import type { Entry, Stored, Tombstone, Version } from '../tiers/entry';
import type { EntryStore, FillOutcome, StoreCall } from '../tiers/entry-store';

const NOTHING: Stored = { state: 'empty', version: undefined };
const LAYOUT = resolveLayout();

/**
 * A store in this process, for tests. It keeps the same contract as the table, conditions and tombstones included, and
 * forgets nothing until it is garbage.
 *
 * @example
 * const builder = Test.createTestingModule({ imports: [AppModule] })
 *   .overrideProvider(DynamoStore)
 *   .useValue(new InMemoryStore());
 */
export class InMemoryStore implements EntryStore {
  private readonly items = new Map<string, Stored>();

  /** @param clock must be the cache's when that is a manual one */
  constructor(private readonly clock: Clock = systemClock) {}

  async read(addresses: readonly string[], { signal }: StoreCall): Promise<Map<string, Stored>> {
    await turn(signal);
    return new Map(addresses.map((address) => [address, this.items.get(address) ?? NOTHING]));
  }

  // The table's, so that what is too large in production is too large in a test.
  maxBytes(address: string, stamps?: Entry['stamps']): number {
    return maxChunkedBytes(address, LAYOUT, DEFAULT_MAX_CHUNKS, stamps);
  }

  async fill(
    address: string,
    entry: Entry,
    seen: Version | undefined,
    { signal }: StoreCall,
  ): Promise<FillOutcome> {
    await turn(signal);
    const standing = this.items.get(address) ?? NOTHING;
    if (standing.version !== seen && standing.version !== entry.version) return { filled: false, standing };
    this.write(address, entry);
    return { filled: true };
  }

  async put(address: string, entry: Entry, { signal }: StoreCall): Promise<void> {
    await turn(signal);
    this.write(address, entry);
  }

  async evict(address: string, tombstone: Tombstone, { signal }: StoreCall): Promise<boolean> {
    await turn(signal);
    const old = this.items.get(address);
    this.items.set(address, { state: 'empty', version: tombstone.version });
    return old?.state === 'entry' && old.entry.endsAtMs > this.clock.now();
  }

  async evictAll(
    prefixes: readonly string[],
    tombstone: () => Tombstone,
    evicted?: (addresses: readonly string[]) => Promise<void>,
  ): Promise<void> {
    await Promise.resolve();
    const addresses: string[] = [];
    for (const [address, stored] of this.items) {
      const isAsked = prefixes.some((prefix) => address.startsWith(prefix));
      if (stored.state === 'empty' || !isAsked || isLease(address)) continue;
      this.items.set(address, { state: 'empty', version: tombstone().version });
      addresses.push(address);
    }
    await evicted?.(addresses);
  }

  async prepare(): Promise<void> {
    await Promise.resolve();
  }

  async close(): Promise<void> {
    await Promise.resolve();
  }

  // A copy, as the wire would make one.
  private write(address: string, entry: Entry): void {
    const copy = { ...entry, bytes: Uint8Array.from(entry.bytes) };
    this.items.set(address, { state: 'entry', version: entry.version, entry: copy });
  }
}

// Answers come in a later turn, as a network's do.
async function turn(signal: AbortSignal): Promise<void> {
  await Promise.resolve();
  signal.throwIfAborted();
}
