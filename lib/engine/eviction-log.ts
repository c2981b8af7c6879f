/**
 * Remembers, bounded, which keys were evicted in this process and when. What a request scope or a read in flight
 * holds is valid only if its key was not evicted since it was taken. When the log has forgotten, it answers "yes,
 * overtaken": the price is a read, never a stale value.
 */
const CAPACITY = 10_000;

export class EvictionLog {
  private readonly latest = new Map<string, { moment: number; atMs: number }>();
  /** Evictions up to this moment, the last of them at this time, may have been forgotten. */
  private forgottenUpTo = 0;
  private forgottenAtMs = -Infinity;

  constructor(
    private readonly monotonic: () => number,
    private readonly capacity = CAPACITY,
    private readonly order = { moment: 0 },
  ) {}

  /** Another log, of other evictions, in the same order. */
  beside(): EvictionLog {
    return new EvictionLog(this.monotonic, this.capacity, this.order);
  }

  /** A point in the order of evictions, to be kept beside what is read now. */
  mark(): number {
    return this.order.moment;
  }

  /** Whether nothing at all was evicted since: then no key needs to be looked up. */
  isQuiet(since: number): boolean {
    return this.order.moment <= since;
  }

  record(key: string): void {
    this.latest.delete(key);
    this.latest.set(key, { moment: ++this.order.moment, atMs: this.monotonic() });
    if (this.latest.size > this.capacity) this.forgetOldest();
  }

  /** Every key counts as evicted now. */
  recordAll(): void {
    this.latest.clear();
    this.forgottenUpTo = ++this.order.moment;
    this.forgottenAtMs = this.monotonic();
  }

  overtaken(key: string, since: number): boolean {
    return (this.latest.get(key)?.moment ?? this.forgottenUpTo) > since;
  }

  /** Whether the key was evicted here within the last `withinMs`, so that a lagging replica may still show it. */
  isRecent(key: string, withinMs: number): boolean {
    const atMs = this.latest.get(key)?.atMs ?? this.forgottenAtMs;
    return this.monotonic() - atMs < withinMs;
  }

  private forgetOldest(): void {
    for (const [key, { moment, atMs }] of this.latest) {
      this.latest.delete(key);
      this.forgottenUpTo = moment;
      this.forgottenAtMs = atMs;
      return;
    }
  }
}
