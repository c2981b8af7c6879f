import { isDeepStrictEqual } from 'node:util';
import type { Origin, Report } from '../report/report.interceptor';

export interface Visit {
  readonly status: number;
  readonly cache: Origin;
  /** As the visitor sees it, the way through HTTP included. */
  readonly ms: number;
  readonly data: Record<string, unknown>;
}

/** Asks the running application over HTTP and remembers what it was told. */
export class Visitor {
  readonly visits: Visit[] = [];

  constructor(private readonly url: string) {}

  async ask(path: string): Promise<Visit> {
    const began = performance.now();
    const response = await fetch(this.url + path);
    const { cache, data } = (await response.json()) as Report<never>;
    const visit = { status: response.status, cache, ms: performance.now() - began, data };
    this.visits.push(visit);
    return visit;
  }

  /** One after the other. */
  async askInTurn(paths: readonly string[]): Promise<Visit[]> {
    const visits: Visit[] = [];
    for (const path of paths) visits.push(await this.ask(path));
    return visits;
  }

  askAtOnce(path: string, times: number): Promise<Visit[]> {
    return Promise.all(Array.from({ length: times }, () => this.ask(path)));
  }
}

export function count(visits: readonly Visit[], cache: Origin): number {
  return visits.filter((visit) => visit.cache === cache).length;
}

export function medianMs(visits: readonly Visit[]): number {
  const times = visits.map(({ ms }) => ms).sort((a, b) => a - b);
  return times[Math.floor(times.length / 2)] ?? NaN;
}

/** By this the demo measures what a hit saves: the first misses of a process are slow for reasons of their own. */
export function fastestMs(visits: readonly Visit[]): number {
  return Math.min(...visits.map(({ ms }) => ms));
}

/** The same figures, whenever they were computed. */
export function isSameFigures(a: Visit, b: Visit): boolean {
  return isDeepStrictEqual({ ...a.data, computedAt: undefined }, { ...b.data, computedAt: undefined });
}
