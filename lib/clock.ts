/**
 * Two clocks, because they answer different questions: entries carry wall-clock times that other machines read, while
 * a duration within this process must not change when the wall clock is set.
 */
export interface Clock {
  /** Wall clock, milliseconds since the Unix epoch. */
  now(): number;
  /** Milliseconds since some fixed moment; never runs backwards. */
  monotonic(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};
