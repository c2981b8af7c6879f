/**
 * The one place that supervises work nobody waits for: refreshes, and evictions that are tried again. It is bounded,
 * its failures end here, a shutdown drains it, and where a platform freezes the process after the response it is handed
 * to `waitUntil`.
 */
import type { OnceLog } from '../observability/logger';
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
    private readonly log: OnceLog,
  ) {}

  /** Whether work left behind is sure to run. Without that, who would leave it has to do it before answering. */
  get isReliable(): boolean {
    return this.waitUntil !== undefined || !this.isFrozenAfterResponse;
  }

  /** @returns false when there is too much under way already, and the work was not begun */
  run(work: () => Promise<unknown>): boolean {
    if (this.tasks >= MAX_TASKS) return false;
    this.tasks++;
    this.outlive(this.inFlight.track(this.settle(work)));
    return true;
  }

  private async settle(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch {
      // Whoever left the work behind has seen to its failures.
    } finally {
      this.tasks--;
    }
  }

  // The platform's own function throws where there is no request whose end could be put off.
  private outlive(settled: Promise<void>): void {
    try {
      this.waitUntil?.(settled);
    } catch {
      this.log.warn('waitUntil', 'waitUntil threw: work behind an answer may be cut off.');
    }
  }
}
