/** Which loads have just failed, so that a failing loader whose stale value is served is not asked at every call. */
import type { Clock } from '../clock';
import { type Moment, elapsedMs, momentOf } from '../moment';

const THROTTLE_MS = 5_000;
const CAPACITY = 10_000;

export class FailureMemory {
  private readonly failures = new Map<string, Moment>();

  constructor(private readonly clock: Clock) {}

  record(address: string): void {
    this.failures.delete(address);
    this.failures.set(address, momentOf(this.clock));
    if (this.failures.size <= CAPACITY) return;
    for (const oldest of this.failures.keys()) {
      this.failures.delete(oldest);
      return;
    }
  }

  isRecent(address: string): boolean {
    const failedAt = this.failures.get(address);
    return failedAt !== undefined && elapsedMs(this.clock, failedAt) < THROTTLE_MS;
  }
}
