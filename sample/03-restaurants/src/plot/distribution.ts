/** What a list of durations comes to. */

export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export function percentilesOf(durations: readonly number[]): Percentiles {
  const sorted = [...durations].sort((a, b) => a - b);
  // The smallest duration that so many per cent do not exceed.
  const at = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

export interface Point {
  readonly x: number;
  /** 0 to 1, the most frequent duration being 1. */
  readonly density: number;
}

// In decades: narrow enough to show two peaks where there are two.
const BANDWIDTH = 0.035;
const STEP = 0.01;

/** How frequent durations are, on a logarithmic scale: each one is a small bell, and the bells add up. */
export function densityOf(durations: readonly number[]): Point[] {
  const logs = durations.map(Math.log10).sort((a, b) => a - b);
  const [from, to] = [logs[0]! - 3 * BANDWIDTH, logs.at(-1)! + 3 * BANDWIDTH];
  const points: Point[] = [];
  for (let log = from; log <= to + STEP / 2; log += STEP) {
    const density = logs.reduce((sum, at) => sum + Math.exp(-(((log - at) / BANDWIDTH) ** 2) / 2), 0);
    points.push({ x: 10 ** log, density });
  }
  const highest = Math.max(...points.map(({ density }) => density));
  return points.map(({ x, density }) => ({ x, density: density / highest }));
}
