/** Of which addresses something was true a short time ago, such as that their loader has just failed. Bounded. */
import type { Clock } from '../clock';
import { type Moment, elapsedMs, momentOf } from '../moment';

const CAPACITY = 10_000;

export class RecentAddresses {
  private readonly known = new Map<string, Moment>();

  constructor(
    private readonly clock: Clock,
    private readonly forMs: number,
  ) {}

  record(address: string): void {
    this.known.delete(address);
    this.known.set(address, momentOf(this.clock));
    if (this.known.size <= CAPACITY) return;
    for (const oldest of this.known.keys()) {
      this.known.delete(oldest);
      return;
    }
  }

  forget(address: string): void {
    this.known.delete(address);
  }

  isRecent(address: string): boolean {
    const recordedAt = this.known.get(address);
    return recordedAt !== undefined && elapsedMs(this.clock, recordedAt) < this.forMs;
  }
}
