import type { Origin, Report } from '../report/report.interceptor';

export interface Visit {
  readonly status: number;
  readonly from: Origin;
  /** As the visitor sees it, the way through HTTP included. */
  readonly ms: number;
  readonly data: Record<string, unknown>;
}

/** Asks a running application over HTTP and remembers what it was told. */
export class Visitor {
  readonly visits: Visit[] = [];

  constructor(private readonly url: string) {}

  async ask(path: string): Promise<Visit> {
    const began = performance.now();
    const response = await fetch(this.url + path);
    const { from, data } = (await response.json()) as Report<Record<string, unknown>>;
    const visit = { status: response.status, from, ms: performance.now() - began, data };
    this.visits.push(visit);
    return visit;
  }

  /** All of them, some at a time, in the order of the paths. */
  async askAll(paths: readonly string[], { atOnce = 1 } = {}): Promise<Visit[]> {
    const visits: Visit[] = [];
    let next = 0;
    const askOn = async (): Promise<void> => {
      for (let i = next++; i < paths.length; i = next++) visits[i] = await this.ask(paths[i]!);
    };
    await Promise.all(Array.from({ length: atOnce }, askOn));
    return visits;
  }
}

export function count(visits: readonly Visit[], from: Origin): number {
  return visits.filter((visit) => visit.from === from).length;
}

export function medianMs(visits: readonly Visit[]): number {
  const times = visits.map(({ ms }) => ms).sort((a, b) => a - b);
  return times[Math.floor(times.length / 2)] ?? NaN;
}

export function totalMs(visits: readonly Visit[]): number {
  return visits.reduce((sum, { ms }) => sum + ms, 0);
}
