import type { Clock } from 'nestjs-dynamo-cache';
import { setTimeout as wait } from 'node:timers/promises';

/** The system's clocks, set forward: an hour of the story takes no hour. */
export class ShiftedClock implements Clock {
  private aheadMs = 0;

  forwardMinutes(minutes: number): void {
    this.aheadMs += minutes * 60_000;
  }

  readonly now = (): number => Date.now() + this.aheadMs;

  monotonic(): number {
    return performance.now() + this.aheadMs;
  }

  async wait(ms: number, signal?: AbortSignal): Promise<void> {
    await wait(ms, undefined, signal && { signal });
  }
}
