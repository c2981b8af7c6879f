/**
 * What this process wrote lately, bounded. Another process may copy what it read before a write into a shared tier after
 * it, and a replica may lag behind; so for the life of such a copy the tiers are not asked about the address. What has
 * been forgotten counts as written: the price is a read of the table, never an old value.
 */
import type { Clock } from '../clock';

const CAPACITY = 10_000;

export class RecentWrites {
  /** The moment of the latest write of an address, in the order of writes. */
  private readonly moments = new Map<string, number>();
  private moment = 0;
  private forgottenUpTo = 0;
  /** When an address was put or evicted, by the monotonic clock. */
  private readonly times = new Map<string, number>();
  private forgottenAtMs = -Infinity;

  constructor(
    private readonly clock: Pick<Clock, 'monotonic'>,
    private readonly withinMs: number,
    private readonly capacity = CAPACITY,
  ) {}

  /** A point in the order of writes. */
  mark(): number {
    return this.moment;
  }

  /** The address is being written: what is read of it meanwhile may be old. */
  record(address: string): void {
    const forgotten = keep(this.moments, address, ++this.moment, this.capacity);
    if (forgotten !== undefined) this.forgottenUpTo = forgotten;
  }

  /** `record`, and until copies of what stood there have ended, the tiers are not asked about it. */
  remember(address: string): void {
    this.record(address);
    const forgotten = keep(this.times, address, this.clock.monotonic(), this.capacity);
    if (forgotten !== undefined) this.forgottenAtMs = forgotten;
  }

  wasWritten(address: string, since: number): boolean {
    return (this.moments.get(address) ?? this.forgottenUpTo) > since;
  }

  isRecent(address: string): boolean {
    const atMs = this.times.get(address) ?? this.forgottenAtMs;
    return this.clock.monotonic() - atMs < this.withinMs;
  }
}

/** @returns what was forgotten for it, if anything was */
function keep(
  latest: Map<string, number>,
  address: string,
  value: number,
  capacity: number,
): number | undefined {
  latest.delete(address);
  latest.set(address, value);
  if (latest.size <= capacity) return undefined;
  for (const [oldest, forgotten] of latest) {
    latest.delete(oldest);
    return forgotten;
  }
  return undefined;
}
