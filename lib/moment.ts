import type { Clock } from './clock';

/**
 * A moment by both clocks. The monotonic one may stand still while a machine is suspended, and the wall clock may be set
 * back, so what ages is as old as the one that says more.
 */
export interface Moment {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

export function momentOf(clock: Clock): Moment {
  return { wallMs: clock.now(), monotonicMs: clock.monotonic() };
}

export function elapsedMs(clock: Clock, since: Moment): number {
  return between(since, momentOf(clock));
}

/** Milliseconds from one moment to another. */
export function between(since: Moment, until: Moment): number {
  return Math.max(until.wallMs - since.wallMs, until.monotonicMs - since.monotonicMs);
}
