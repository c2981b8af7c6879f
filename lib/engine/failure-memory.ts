/** Which loads have just failed, so that a failing loader whose stale value is served is not asked at every call. */
const THROTTLE_MS = 5_000;
const CAPACITY = 10_000;

export class FailureMemory {
  private readonly failedAtMs = new Map<string, number>();

  constructor(private readonly monotonic: () => number) {}

  record(address: string): void {
    this.failedAtMs.delete(address);
    this.failedAtMs.set(address, this.monotonic());
    if (this.failedAtMs.size <= CAPACITY) return;
    for (const oldest of this.failedAtMs.keys()) {
      this.failedAtMs.delete(oldest);
      return;
    }
  }

  isRecent(address: string): boolean {
    const failedAtMs = this.failedAtMs.get(address);
    return failedAtMs !== undefined && this.monotonic() - failedAtMs < THROTTLE_MS;
  }
}
