import { onTestFinished, vi } from 'vitest';
import { ManualClock } from '../../lib/testing';
import { quiet } from './deferred';

const STEP_MS = 20;

/** Lets time pass, a little at a time, until the work has settled; at most ten minutes. */
export async function passing<T>(clock: ManualClock | readonly ManualClock[], work: Promise<T>): Promise<T> {
  const clocks = clock instanceof ManualClock ? [clock] : clock;
  const state = { isSettled: false };
  const settled = () => {
    state.isSettled = true;
  };
  work.then(settled, settled);
  await quiet();
  for (let ms = 0; !state.isSettled; ms += STEP_MS) {
    if (ms > 600_000) throw new Error('not settled after ten minutes');
    for (const each of clocks) each.advance(STEP_MS);
    await quiet();
  }
  return work;
}

export function times<T>(n: number, make: (i: number) => T): T[] {
  return Array.from({ length: n }, (_, i) => make(i));
}

/** Counts the intervals, made from now on, that keep the process alive: vitest's own timers are none of them. */
export function countWakefulIntervals(): () => number {
  const [making, clearing] = [vi.spyOn(globalThis, 'setInterval'), vi.spyOn(globalThis, 'clearInterval')];
  onTestFinished(() => {
    making.mockRestore();
    clearing.mockRestore();
  });
  return () => {
    const cleared = clearing.mock.calls.map(([interval]) => interval);
    const made = making.mock.results.map(({ value }) => value as NodeJS.Timeout);
    return made.filter((interval) => interval.hasRef() && !cleared.includes(interval)).length;
  };
}
