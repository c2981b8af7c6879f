/**
 * A store with tiers in front of it. Reads are answered by the first tier that has an address, and fill the ones before
 * it; consistent reads go to the table. Every write goes to the table, and then the tiers are told.
 *
 * What this process wrote is never answered by an older copy. Another process may be, for at most the life of a tier:
 * when its read crossed the write and was copied after it, or when the tier it asks was not told.
 */
import type { Spent } from '../observability/charge';
import type { Clock } from '../clock';
import { isLease, isStamp } from '../key/addresses';
import type { Copy } from './copy';
import type { Entry, Stored, Tombstone, Version } from './entry';
import type { Answered, EntryStore, FillOutcome, StoreCall } from './entry-store';
import type { KeyvTier } from './keyv-tier';
import { RecentWrites } from './recent-writes';

// How long a read that is not consistent may still see what stood there before.
const REPLICATION_LAG_MS = 5_000;

interface Written<T> {
  readonly result: T;
  /** What the tiers may say of the address now; undefined when that is not known for sure. */
  readonly copy: Copy | undefined;
}

export class TieredStore implements EntryStore {
  private readonly writes: RecentWrites;

  constructor(
    private readonly tiers: readonly KeyvTier[],
    private readonly table: EntryStore,
    private readonly clock: Clock,
  ) {
    const longestMs = Math.max(...tiers.map(({ ttlMs }) => ttlMs));
    this.writes = new RecentWrites(clock, longestMs + REPLICATION_LAG_MS);
  }

  async read(
    addresses: readonly string[],
    call: StoreCall,
    answered?: Answered,
  ): Promise<ReadonlyMap<string, Stored>> {
    call.signal.throwIfAborted();
    if (call.consistent) return this.table.read(addresses, call, answered);
    const mark = this.writes.mark();
    const found = new Map<string, Stored>();
    const passed: KeyvTier[] = [];
    for (const tier of this.tiers) {
      const asked = missing(addresses, found).filter((address) => !this.writes.isRecent(address));
      const here = await tier.read(asked);
      // A tier that is sick is not told anything, either: that would cost its timeout once more.
      if (!here) continue;
      await this.tell(passed, here, mark);
      for (const [address, { stored }] of here) found.set(address, stored);
      passed.push(tier);
    }
    const rest = missing(addresses, found);
    if (rest.length === 0) return found;
    const read = await this.table.read(rest, call, answered);
    await this.tell(passed, this.copies(read), mark);
    return new Map([...found, ...read]);
  }

  maxBytes(address: string, stamps?: Entry['stamps']): number {
    return this.table.maxBytes(address, stamps);
  }

  async fill(
    address: string,
    entry: Entry,
    seen: Version | undefined,
    call: StoreCall,
  ): Promise<FillOutcome> {
    const fill = () => this.table.fill(address, entry, seen, call);
    if (isLease(address)) return fill();
    const announce = () => {
      this.writes.record(address);
    };
    return this.write(address, announce, async () => {
      const result = await fill();
      return { result, copy: result.filled ? copyOf(entry) : undefined };
    });
  }

  put(address: string, entry: Entry, call: StoreCall): Promise<void> {
    return this.overtake(address, async () => {
      await this.table.put(address, entry, call);
      return { result: undefined, copy: copyOf(entry) };
    });
  }

  // A tier that was told of an eviction answers for it while replicas lag; otherwise the next read could bring the old
  // entry back into it. A stamp's generation stays true until the next one.
  evict(address: string, tombstone: Tombstone, call: StoreCall): Promise<boolean> {
    return this.overtake(address, async () => ({
      result: await this.table.evict(address, tombstone, call),
      copy: {
        stored: { state: 'empty', version: tombstone.version },
        untilMs: isStamp(address) ? Infinity : this.clock.now() + REPLICATION_LAG_MS,
      },
    }));
  }

  evictAll(
    prefixes: readonly string[],
    tombstone: () => Tombstone,
    evicted?: (addresses: readonly string[]) => Promise<void>,
    spent?: Spent,
  ): Promise<void> {
    const told = async (addresses: readonly string[]) => {
      for (const address of addresses) this.writes.remember(address);
      await Promise.all(this.tiers.map((tier) => tier.forget(addresses)));
      await evicted?.(addresses);
    };
    return this.table.evictAll(prefixes, tombstone, told, spent);
  }

  connect(): Promise<void> | undefined {
    return this.table.connect?.();
  }

  prepare(): Promise<void> {
    return this.table.prepare();
  }

  /** The Keyv instances are the user's own, and stay open. */
  close(): Promise<void> {
    return this.table.close();
  }

  // Absent entries are not kept: somebody may be about to fill them. Absent stamps are: they mean "never evicted". Nor
  // entries past their fresh time: somebody may have refreshed them.
  private copies(read: ReadonlyMap<string, Stored>): Map<string, Copy> {
    const nowMs = this.clock.now();
    const copies = [...read].flatMap(([address, stored]): [string, Copy][] => {
      if (stored.state === 'empty') return isStamp(address) ? [[address, { stored, untilMs: Infinity }]] : [];
      return stored.entry.freshUntilMs > nowMs ? [[address, copyOf(stored.entry)]] : [];
    });
    return new Map(copies);
  }

  private overtake<T>(address: string, send: () => Promise<Written<T>>): Promise<T> {
    const announce = () => {
      this.writes.remember(address);
    };
    return this.write(address, announce, send);
  }

  /** @param announce called before the write, and after it for those who have begun to read in between */
  private async write<T>(address: string, announce: () => void, send: () => Promise<Written<T>>): Promise<T> {
    announce();
    const mark = this.writes.mark();
    let copies = new Map<string, Copy>();
    try {
      const { result, copy } = await send();
      if (copy) copies = new Map([[address, copy]]);
      return result;
    } finally {
      // Of two writes at once, nobody knows which one stands now.
      const isKnown = copies.size > 0 && !this.writes.wasWritten(address, mark);
      announce();
      await (isKnown ? this.tell(this.tiers, copies, this.writes.mark()) : this.forget(address));
    }
  }

  /** Tells tiers what the table said, but for addresses that were written since. */
  private async tell(
    tiers: readonly KeyvTier[],
    copies: ReadonlyMap<string, Copy>,
    since: number,
  ): Promise<void> {
    const standing = new Map([...copies].filter(([address]) => !this.writes.wasWritten(address, since)));
    await Promise.all(tiers.map((tier) => tier.write(standing)));
  }

  private async forget(address: string): Promise<void> {
    await Promise.all(this.tiers.map((tier) => tier.forget([address])));
  }
}

function missing(addresses: readonly string[], found: ReadonlyMap<string, Stored>): string[] {
  return addresses.filter((address) => !found.has(address));
}

function copyOf(entry: Entry): Copy {
  return { stored: { state: 'entry', version: entry.version, entry }, untilMs: entry.freshUntilMs };
}
