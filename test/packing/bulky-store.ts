import type { Entry, Stored, Tombstone, Version } from '../../lib/tiers/entry';
import type { EntryStore, FillOutcome, StoreCall } from '../../lib/tiers/entry-store';

const BULK = Buffer.alloc(3_000, 'something that compresses well ');

/** Makes the entries of whoever uses it large, so that what stands behind it has something to compress. */
export class BulkyStore implements EntryStore {
  constructor(private readonly inner: EntryStore) {}

  async read(addresses: readonly string[], call: StoreCall): Promise<ReadonlyMap<string, Stored>> {
    const found = await this.inner.read(addresses, call);
    return new Map([...found].map(([address, stored]) => [address, slim(stored)]));
  }

  maxBytes(address: string): number {
    return this.inner.maxBytes(address) - BULK.length;
  }

  async fill(
    address: string,
    entry: Entry,
    seen: Version | undefined,
    call: StoreCall,
  ): Promise<FillOutcome> {
    const outcome = await this.inner.fill(address, bulky(entry), seen, call);
    return outcome.filled || !outcome.standing ? outcome : { ...outcome, standing: slim(outcome.standing) };
  }

  put(address: string, entry: Entry, call: StoreCall): Promise<void> {
    return this.inner.put(address, bulky(entry), call);
  }

  evict(address: string, tombstone: Tombstone, call: StoreCall): Promise<boolean> {
    return this.inner.evict(address, tombstone, call);
  }

  evictAll(
    prefixes: readonly string[],
    tombstone: () => Tombstone,
    evicted?: (addresses: readonly string[]) => Promise<void>,
  ): Promise<void> {
    return this.inner.evictAll(prefixes, tombstone, evicted);
  }

  prepare(): Promise<void> {
    return this.inner.prepare();
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

function bulky(entry: Entry): Entry {
  return { ...entry, bytes: Buffer.concat([BULK, entry.bytes]) };
}

function slim(stored: Stored): Stored {
  if (stored.state === 'empty') return stored;
  return { ...stored, entry: { ...stored.entry, bytes: stored.entry.bytes.subarray(BULK.length) } };
}
