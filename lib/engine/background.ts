/**
 * The one place that supervises work nobody waits for: refreshes, and evictions that are tried again. It is bounded,
 * its failures end here, a shutdown drains it, and where a platform freezes the process after the response it is handed
 * to `waitUntil`.
 */
import type { InFlight } from './in-flight';

/** Keeps a serverless process alive until the work is done: Vercel's `waitUntil`, Next's `after`. */
export type WaitUntil = (work: Promise<unknown>) => void;

const MAX_TASKS = 1_000;

export class Background {
  private tasks = 0;

  constructor(
    private readonly inFlight: InFlight,
    private readonly waitUntil: WaitUntil | undefined,
    /** Whether the process is frozen after the response, so that work left behind may never resume. */
    private readonly isFrozenAfterResponse: boolean,
  ) {}

  /** Whether work left behind is sure to run. Without that, who would leave it has to do it before answering. */
  get isReliable(): boolean {
    return this.waitUntil !== undefined || !this.isFrozenAfterResponse;
  }

  /** @returns false when there is too much under way already, and the work was not begun */
  run(work: () => Promise<unknown>): boolean {
    if (this.tasks >= MAX_TASKS) return false;
    this.tasks++;
    const settled = this.inFlight.track(
      work().then(
        () => {
          this.tasks--;
        },
        () => {
          this.tasks--;
        },
      ),
    );
    this.waitUntil?.(settled);
    return true;
  }
}
