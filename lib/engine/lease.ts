/**
 * The fleet-wide right to load a key: a small item of its own, taken with one conditional write. Who holds it is told
 * by its version, so a write that is repeated after a lost response recognises itself. A holder that died costs the
 * others one lease; a lease that ends before its load does costs a second load, and the conditional fill sorts out
 * which value stays.
 */
import type { Spent } from '../observability/charge';
import type { Clock } from '../clock';
import type { Observer, Subject } from '../observability/observer';
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
  | {
      readonly taken: false;
      /** Whose it is. */
      readonly holder: Version | undefined;
    };

/** How a lease stands for somebody who waits for it. */
export interface LeaseState {
  readonly holder: Version | undefined;
  /** Whether nobody holds it, by the clock of whoever looks. */
  readonly isFree: boolean;
}

// Losing twice against others that let go at once is bad luck; after that the lease is theirs.
const ATTEMPTS = 3;

export class Leases {
  constructor(
    private readonly store: EntryStore,
    private readonly guard: StoreGuard,
    private readonly queue: ReadQueue,
    private readonly observer: Pick<Observer, 'billTo'>,
    private readonly clock: Clock,
  ) {}

  /** A table that cannot be read keeps nobody waiting. */
  async look(address: string, payer: Subject): Promise<LeaseState> {
    try {
      const standing = await this.queue.read(address, true, payer);
      const isFree = standing.state === 'empty' || standing.entry.endsAtMs <= this.clock.now();
      return { holder: standing.version, isFree };
    } catch {
      return { holder: undefined, isFree: true };
    }
  }

  /**
   * @param dead a holder whose time is over, whatever end its clock has written
   * @throws when the table cannot be reached
   */
  async take(address: string, lengthMs: number, payer: Subject, dead?: Version): Promise<LeaseOutcome> {
    const spent = this.observer.billTo(payer);
    let seen: Version | undefined;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const lease = this.lease(this.clock.now() + lengthMs);
      const outcome = await this.guard.run('lease', (signal) =>
        this.store.fill(address, lease, seen, { signal, spent }),
      );
      if (outcome.filled) {
        const release = () => this.release(address, lease.version, spent);
        return { taken: true, wasHeld: attempt > 1, release };
      }
      const standing = outcome.standing ?? (await this.queue.read(address, true, payer));
      seen = standing.version;
      const isHeld = standing.state === 'entry' && standing.entry.endsAtMs > this.clock.now();
      if (isHeld && seen !== dead) break;
    }
    return { taken: false, holder: seen };
  }

  // Only while it is still ours: another may hold it since it ended.
  private async release(address: string, ours: Version, spent: Spent): Promise<void> {
    try {
      // Not now: by a clock that is behind ours, that would be later.
      const ended = this.lease(0);
      await this.guard.run('release', (signal) => this.store.fill(address, ended, ours, { signal, spent }));
    } catch {
      // It ends by itself.
    }
  }

  private lease(endsAtMs: number): Entry {
    const bytes = new Uint8Array(1);
    return { bytes, version: newVersion(), loadedAtMs: this.clock.now(), freshUntilMs: endsAtMs, endsAtMs };
  }
}
