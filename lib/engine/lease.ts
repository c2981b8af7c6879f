/**
 * The fleet-wide right to load a key: a small item of its own, taken with one conditional write. Who holds it is told
 * by its version, so a write that is repeated after a lost response recognises itself. A holder that died costs the
 * others one lease; a lease that ends before its load does costs a second load, and the conditional fill sorts out
 * which value stays.
 */
import type { Clock } from '../clock';
import { type Entry, type Version, newVersion } from '../tiers/entry';
import type { EntryStore } from '../tiers/entry-store';
import type { ReadQueue } from './read-queue';
import type { StoreGuard } from './store-guard';

export type LeaseOutcome =
  | {
      readonly taken: true;
      /** Whether there was a lease before, under which the value may have been loaded since it was read. */
      readonly wasHeld: boolean;
      readonly release: () => Promise<void>;
    }
  | { readonly taken: false; readonly endsAtMs: number };

// Losing twice against others that let go at once is bad luck; after that the lease is theirs.
const ATTEMPTS = 3;

export class Leases {
  constructor(
    private readonly store: EntryStore,
    private readonly guard: StoreGuard,
    private readonly queue: ReadQueue,
    private readonly clock: Clock,
  ) {}

  /** Whether nobody holds it; true, too, when the table cannot be read. */
  async isFree(address: string): Promise<boolean> {
    try {
      const standing = await this.queue.read(address, true);
      return standing.state === 'empty' || standing.entry.endsAtMs <= this.clock.now();
    } catch {
      return true;
    }
  }

  /** @throws when the table cannot be reached */
  async take(address: string, lengthMs: number): Promise<LeaseOutcome> {
    let seen: Version | undefined;
    let endsAtMs = 0;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const lease = this.lease(this.clock.now() + lengthMs);
      const outcome = await this.guard.run('lease', (signal) =>
        this.store.fill(address, lease, seen, { signal }),
      );
      if (outcome.filled) {
        const release = () => this.release(address, lease.version);
        return { taken: true, wasHeld: attempt > 1, release };
      }
      const standing = outcome.standing ?? (await this.queue.read(address, true));
      endsAtMs = standing.state === 'entry' ? standing.entry.endsAtMs : 0;
      if (endsAtMs > this.clock.now()) return { taken: false, endsAtMs };
      seen = standing.version;
    }
    return { taken: false, endsAtMs: Math.max(endsAtMs, this.clock.now()) };
  }

  // Only while it is still ours: another may hold it since it ended.
  private async release(address: string, ours: Version): Promise<void> {
    try {
      const ended = this.lease(this.clock.now());
      await this.guard.run('release', (signal) => this.store.fill(address, ended, ours, { signal }));
    } catch {
      // It ends by itself.
    }
  }

  private lease(endsAtMs: number): Entry {
    const bytes = new Uint8Array(1);
    return { bytes, version: newVersion(), loadedAtMs: this.clock.now(), freshUntilMs: endsAtMs, endsAtMs };
  }
}
