/**
 * A store with tiers in front of it. Reads are answered by the first tier that has an address, and fill the ones before
 * it; consistent reads go to the table. Every write goes to the table, and what the tiers hold of that address is
 * forgotten before and after. A write of another process that crosses a read may leave an old entry in a tier, which is
 * why a tier's life is short.
 */
import { isStamp } from '../key/addresses';
import type { Entry, Stored, Tombstone, Version } from './entry';
import type { EntryStore, FillOutcome, StoreCall } from './entry-store';
import type { KeyvTier } from './keyv-tier';

export class TieredStore implements EntryStore {
  constructor(
    private readonly tiers: readonly KeyvTier[],
    private readonly table: EntryStore,
  ) {}

  async read(addresses: readonly string[], call: StoreCall): Promise<ReadonlyMap<string, Stored>> {
    if (call.consistent) return this.table.read(addresses, call);
    const found = new Map<string, Stored>();
    const passed: KeyvTier[] = [];
    for (const tier of this.tiers) {
      const missing = addresses.filter((address) => !found.has(address));
      if (missing.length === 0) return found;
      const here = await tier.read(missing);
      await this.copy(here, passed);
      for (const [address, stored] of here) found.set(address, stored);
      passed.push(tier);
    }
    const missing = addresses.filter((address) => !found.has(address));
    const rest = missing.length > 0 ? await this.table.read(missing, call) : new Map<string, Stored>();
    await this.copy(rest, passed);
    return new Map([...found, ...rest]);
  }

  maxBytes(address: string): number {
    return this.table.maxBytes(address);
  }

  fill(address: string, entry: Entry, seen: Version | undefined, call: StoreCall): Promise<FillOutcome> {
    return this.around(address, () => this.table.fill(address, entry, seen, call));
  }

  put(address: string, entry: Entry, call: StoreCall): Promise<void> {
    return this.around(address, () => this.table.put(address, entry, call));
  }

  evict(address: string, tombstone: Tombstone, call: StoreCall): Promise<boolean> {
    return this.around(address, () => this.table.evict(address, tombstone, call));
  }

  evictAll(prefixes: readonly string[], tombstone: () => Tombstone): Promise<void> {
    return this.table.evictAll(prefixes, tombstone);
  }

  prepare(): Promise<void> {
    return this.table.prepare();
  }

  close(): Promise<void> {
    return this.table.close();
  }

  // Absent entries are not kept: somebody may be about to fill them. Absent stamps are: they mean "never evicted".
  private async copy(found: ReadonlyMap<string, Stored>, tiers: readonly KeyvTier[]): Promise<void> {
    const kept = [...found].filter(([address, { state }]) => state === 'entry' || isStamp(address));
    await Promise.all(tiers.flatMap((tier) => kept.map(([address, stored]) => tier.write(address, stored))));
  }

  private async around<T>(address: string, write: () => Promise<T>): Promise<T> {
    const forget = () => Promise.all(this.tiers.map((tier) => tier.forget(address)));
    await forget();
    try {
      return await write();
    } finally {
      await forget();
    }
  }
}
