import type { Spent } from '../observability/charge';
import { type Clock, systemClock } from '../clock';
import { chargeRead, chargeRefusal, chargeWrite } from '../dynamodb/charges';
import { DEFAULT_MAX_CHUNKS, maxChunkedBytes } from '../dynamodb/chunks';
import { type Item, packEntry, packTombstone } from '../dynamodb/item';
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

  async read(
    addresses: readonly string[],
    { signal, consistent = false, spent }: StoreCall,
  ): Promise<Map<string, Stored>> {
    await turn(signal);
    const found = [...new Set(addresses)].map((address) => [address, this.itemOf(address)] as const);
    chargeRead(spent, found, consistent, undefined);
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
    { signal, spent }: StoreCall,
  ): Promise<FillOutcome> {
    await turn(signal);
    const standing = this.items.get(address) ?? NOTHING;
    if (standing.version !== seen && standing.version !== entry.version) {
      chargeRefusal(spent, address, this.itemOf(address) ?? {});
      return { filled: false, standing };
    }
    this.write(address, entry, spent);
    return { filled: true };
  }

  async put(address: string, entry: Entry, { signal, spent }: StoreCall): Promise<void> {
    await turn(signal);
    this.write(address, entry, spent);
  }

  async evict(address: string, tombstone: Tombstone, { signal, spent }: StoreCall): Promise<boolean> {
    await turn(signal);
    const old = this.items.get(address);
    this.mark(address, tombstone, spent);
    return old?.state === 'entry' && old.entry.endsAtMs > this.clock.now();
  }

  async evictAll(
    prefixes: readonly string[],
    tombstone: () => Tombstone,
    evicted?: (addresses: readonly string[]) => Promise<void>,
    spent?: Spent,
  ): Promise<void> {
    await Promise.resolve();
    const addresses: string[] = [];
    for (const [address, stored] of this.items) {
      const isAsked = prefixes.some((prefix) => address.startsWith(prefix));
      if (stored.state === 'empty' || !isAsked || isLease(address)) continue;
      this.mark(address, tombstone(), spent);
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
  private write(address: string, entry: Entry, spent: Spent | undefined): void {
    const item = packEntry(address, entry, LAYOUT, this.clock.now());
    chargeWrite(spent, [[address, item, this.itemOf(address)]], undefined);
    const copy = { ...entry, bytes: Uint8Array.from(entry.bytes) };
    this.items.set(address, { state: 'entry', version: entry.version, entry: copy });
  }

  private mark(address: string, tombstone: Tombstone, spent: Spent | undefined): void {
    chargeWrite(
      spent,
      [[address, packTombstone(address, tombstone, LAYOUT), this.itemOf(address)]],
      undefined,
    );
    this.items.set(address, { state: 'empty', version: tombstone.version });
  }

  // What the table would charge for. A tombstone's times are not kept here, and whatever they are it is one unit.
  private itemOf(address: string): Item | undefined {
    const stored = this.items.get(address);
    if (stored?.state === 'entry') return packEntry(address, stored.entry, LAYOUT, this.clock.now());
    if (stored?.version === undefined) return undefined;
    const { version } = stored;
    return packTombstone(address, { version, evictedAtMs: 0, endsAtMs: 0 }, LAYOUT);
  }
}

// Answers come in a later turn, as a network's do.
async function turn(signal: AbortSignal): Promise<void> {
  await Promise.resolve();
  signal.throwIfAborted();
}
