/**
 * What this process wrote lately, bounded. Another process may copy what it read before a write into a shared tier after
 * it, and a replica may lag behind; so for the life of such a copy the tiers are not asked about the address.
 */
import type { Clock } from '../clock';

const CAPACITY = 10_000;

export class RecentWrites {
  private readonly watches = new Set<Set<string>>();
  private readonly latest = new Map<string, number>();
  /** Writes up to this moment may have been forgotten. */
  private forgottenAtMs = -Infinity;

  constructor(
    private readonly clock: Pick<Clock, 'monotonic'>,
    private readonly withinMs: number,
    private readonly capacity = CAPACITY,
  ) {}

  /** The addresses that are written from now on, until `unwatch`. */
  watch(): ReadonlySet<string> {
    const written = new Set<string>();
    this.watches.add(written);
    return written;
  }

  unwatch(written: ReadonlySet<string>): void {
    this.watches.delete(written as Set<string>);
  }

  /** The address is being written: what is read of it meanwhile may be old. */
  record(address: string): void {
    for (const written of this.watches) written.add(address);
  }

  /** `record`, and until its copies have ended the tiers are not asked about it. */
  remember(address: string): void {
    this.record(address);
    this.latest.delete(address);
    this.latest.set(address, this.clock.monotonic());
    if (this.latest.size <= this.capacity) return;
    for (const [oldest, atMs] of this.latest) {
      this.latest.delete(oldest);
      this.forgottenAtMs = atMs;
      return;
    }
  }

  isRecent(address: string): boolean {
    const atMs = this.latest.get(address) ?? this.forgottenAtMs;
    return this.clock.monotonic() - atMs < this.withinMs;
  }
}
