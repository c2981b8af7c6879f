/** Counts and measures the calls of one method, or of all. */
import type { Charge } from './charge';
import type { RecordableHistogram } from 'node:perf_hooks';
import type { CallCounts, CallStats, Percentiles } from './stats';

// On-demand prices in us-east-1, US dollars per unit.
const READ_UNIT_COST = 0.125 / 1e6;
const WRITE_UNIT_COST = 0.625 / 1e6;
// Microseconds, two digits, up to an hour: 25 KB a histogram.
const RANGE = { lowest: 1, highest: 3_600_000_000, figures: 2 };

export class CallMeter {
  readonly counts: CallCounts = {
    hits: 0,
    scopeHits: 0,
    memoryHits: 0,
    stale: 0,
    misses: 0,
    loads: 0,
    joined: 0,
    loadErrors: 0,
    fills: 0,
    fillsDropped: 0,
    uncacheable: 0,
  };
  private readUnits = 0;
  private writeUnits = 0;
  private bytes = 0;
  private loaderMs: RecordableHistogram | undefined;
  private hitMs: RecordableHistogram | undefined;
  private quickHits = 0;

  /** @param share how much of it this meter pays, 0 to 1 */
  spend({ readUnits, writeUnits, bytes }: Charge, share: number): void {
    this.readUnits += readUnits * share;
    this.writeUnits += writeUnits * share;
    this.bytes += bytes * share;
  }

  loaded(durationMs: number): void {
    this.loaderMs ??= newHistogram();
    record(this.loaderMs, durationMs);
  }

  hit(source: 'scope' | 'memory' | 'table', durationMs: number): void {
    this.countHit(source);
    this.hitMs ??= newHistogram();
    record(this.hitMs, durationMs);
  }

  /** One that took about a microsecond: to look at the clock and to record it would take a third of that. */
  quickHit(source: 'scope' | 'memory'): void {
    this.countHit(source);
    this.quickHits++;
  }

  private countHit(source: 'scope' | 'memory' | 'table'): void {
    this.counts.hits++;
    if (source === 'scope') this.counts.scopeHits++;
    if (source === 'memory') this.counts.memoryHits++;
  }

  snapshot(): CallStats {
    const { counts } = this;
    const readUnits = tidy(this.readUnits);
    const writeUnits = tidy(this.writeUnits);
    const bytes = Math.round(this.bytes);
    const meanMs = this.loaderMs ? this.loaderMs.mean / 1_000 : 0;
    return {
      ...counts,
      readUnits,
      writeUnits,
      bytes,
      estimatedCost: readUnits * READ_UNIT_COST + writeUnits * WRITE_UNIT_COST,
      loaderMsSaved: (counts.hits + counts.stale + counts.joined) * meanMs,
      loaderMs: percentilesOf(this.loaderMs),
      hitMs: percentilesOf(this.hitMs, this.quickHits),
    };
  }
}

// Loaded with the first call that is counted, not with the package.
function newHistogram(): RecordableHistogram {
  return process.getBuiltinModule('node:perf_hooks').createHistogram(RANGE);
}

function record(histogram: RecordableHistogram, durationMs: number): void {
  histogram.record(Math.min(RANGE.highest, Math.max(RANGE.lowest, Math.round(durationMs * 1_000))));
}

// What is shared out in thirds adds up to nearly a whole.
function tidy(units: number): number {
  return Math.round(units * 1e6) / 1e6;
}

/** @param quick how many more there were, each as short as a histogram can tell */
function percentilesOf(histogram: RecordableHistogram | undefined, quick = 0): Percentiles {
  const slow = histogram?.count ?? 0;
  const at = (percent: number): number => {
    const rank = (percent / 100) * (quick + slow);
    if (!histogram || rank <= quick) return quick > 0 ? RANGE.lowest / 1_000 : 0;
    return histogram.percentile(((rank - quick) / slow) * 100) / 1_000;
  };
  return { p50: at(50), p99: at(99) };
}
