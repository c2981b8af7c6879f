import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Two clocks, because they answer different questions: entries carry wall-clock times that other machines read, while
 * a duration within this process must not change when the wall clock is set.
 */
export interface Clock {
  /** Wall clock, milliseconds since the Unix epoch. */
  now(): number;
  /** Milliseconds since some fixed moment; never runs backwards. */
  monotonic(): number;
  /** Resolves after so many milliseconds; rejects when the signal ends it. Keeps no process alive. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  wait: (ms, signal) => sleep(ms, undefined, { ref: false, ...(signal && { signal }) }),
};
