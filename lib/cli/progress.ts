/** A line that tells how far something is, how fast it goes and how long it will take. Only where somebody watches. */
import { countText, durationText } from './figures';
import type { TextStream } from './io';

const REDRAW_MS = 100;
const WIDTH = 24;

export interface ProgressOptions {
  readonly stream: TextStream;
  /** Whether to draw at all; a stream that is no terminal is never drawn on. */
  readonly isShown: boolean;
  /** How much there is to do, as far as that is known; 0 when it is not. */
  readonly total: number;
  /** What had been done before. @default 0 */
  readonly before?: number;
  readonly now?: () => number;
}

export class Progress {
  private readonly now: () => number;
  private readonly startedMs: number;
  private readonly isShown: boolean;
  private drawnMs = -Infinity;
  private done: number;

  constructor(private readonly options: ProgressOptions) {
    this.now = options.now ?? (() => performance.now());
    this.startedMs = this.now();
    this.done = options.before ?? 0;
    this.isShown = options.isShown && options.stream.isTTY === true;
  }

  /** @param extra what else to say at the end of the line */
  add(count: number, extra: string): void {
    this.done += count;
    const nowMs = this.now();
    if (!this.isShown || nowMs - this.drawnMs < REDRAW_MS) return;
    this.drawnMs = nowMs;
    this.options.stream.write(
      `\r\u001b[K${this.line(extra).slice(0, (this.options.stream.columns ?? 80) - 1)}`,
    );
  }

  /** Takes the line away. */
  clear(): void {
    if (this.isShown && this.drawnMs > -Infinity) this.options.stream.write('\r\u001b[K');
  }

  line(extra: string): string {
    const { total, before = 0 } = this.options;
    const spentMs = Math.max(1, this.now() - this.startedMs);
    const perMs = (this.done - before) / spentMs;
    const rate = `${countText(Math.round(perMs * 1_000))}/s`;
    // The total is some hours old: there may be more than it says.
    if (total <= this.done) return `${countText(this.done)} read, ${rate}, ${extra}`;
    const share = this.done / total;
    const filled = Math.round(share * WIDTH);
    const bar = `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)}`;
    const left = perMs > 0 ? `, ${durationText((total - this.done) / perMs)} left` : '';
    return `${bar} ${Math.floor(share * 100)}%  ${countText(this.done)} of ${countText(total)}, ${rate}${left}, ${extra}`;
  }
}
