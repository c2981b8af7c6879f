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

  /** @param wallMs where the wall clock begins, ms since the epoch. @default the present */
  constructor(private wallMs: number = Date.now()) {}

  now(): number {
    return this.wallMs;
  }

  monotonic(): number {
    return this.monotonicMs;
  }

  /** Lets time pass on both clocks. */
  advance(ms: number): void {
    this.wallMs += ms;
    this.monotonicMs += ms;
  }

  /** Sets the wall clock, as an administrator or NTP does; no time passes. */
  jump(ms: number): void {
    this.wallMs += ms;
  }
}
