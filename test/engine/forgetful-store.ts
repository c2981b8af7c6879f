import type { Clock } from '../../lib/clock';
import { InMemoryStore } from '../../lib/testing';
import { type Entry, type Stored, TOMBSTONE_LIFE_MS, type Tombstone } from '../../lib/tiers/entry';
import type { StoreCall } from '../../lib/tiers/entry-store';

/** A store that deletes what has ended the moment DynamoDB's TTL allows it, as early as it ever could. */
export class ForgetfulStore extends InMemoryStore {
  private readonly ends = new Map<string, number>();

  constructor(private readonly wall: Clock) {
    super(wall);
  }

  override async read(addresses: readonly string[], call: StoreCall): Promise<Map<string, Stored>> {
    const found = await super.read(addresses, call);
    for (const address of addresses) {
      const isDeleted = (this.ends.get(address) ?? Infinity) <= this.wall.now();
      if (isDeleted) found.set(address, { state: 'empty', version: undefined });
    }
    return found;
  }

  override evict(address: string, tombstone: Tombstone, call: StoreCall): Promise<boolean> {
    this.ends.set(address, tombstone.endsAtMs);
    return super.evict(address, tombstone, call);
  }

  override put(address: string, entry: Entry, call: StoreCall): Promise<void> {
    this.ends.set(address, Math.max(entry.endsAtMs, this.wall.now() + TOMBSTONE_LIFE_MS));
    return super.put(address, entry, call);
  }
}
