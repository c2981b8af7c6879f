import type { Clock } from '../clock';

/**
 * A clock that stands still until it is told to move.
 *
 * @example
 * const clock = new ManualClock();
 * const cache = createDynamoCache({ table: 'cache-test', ttl: '10m', clock });
 * await cache.set('menu:7', menu);
 * clock.advance(600_000);
 * await cache.get('menu:7'); // undefined: it has expired
 */
export class ManualClock implements Clock {
  private monotonicMs = 0;
  private readonly sleepers = new Set<{ readonly untilMs: number; readonly wake: () => void }>();

  /** @param wallMs where the wall clock begins, ms since the epoch. @default the present */
  constructor(private wallMs: number = Date.now()) {}

  now(): number {
    return this.wallMs;
  }

  monotonic(): number {
    return this.monotonicMs;
  }

  /** How many are waiting for time to pass. */
  get waiting(): number {
    return this.sleepers.size;
  }

  wait(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const abort = () => {
        this.sleepers.delete(sleeper);
        reject(signal?.reason as Error);
      };
      const wake = () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      const sleeper = { untilMs: this.monotonicMs + ms, wake };
      this.sleepers.add(sleeper);
      signal?.addEventListener('abort', abort);
    });
  }

  /** Lets time pass on both clocks, and wakes who waited for it. */
  advance(ms: number): void {
    this.wallMs += ms;
    this.monotonicMs += ms;
    for (const sleeper of this.sleepers) {
      if (sleeper.untilMs > this.monotonicMs) continue;
      this.sleepers.delete(sleeper);
      sleeper.wake();
    }
  }

  /** Sets the wall clock, as an administrator or NTP does; no time passes. */
  jump(ms: number): void {
    this.wallMs += ms;
  }
}
