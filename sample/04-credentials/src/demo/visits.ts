import type { Statement } from '../ledger/ledger.service';

export interface Visit {
  readonly status: number;
  /** As the visitor sees it. */
  readonly ms: number;
  readonly statement: Partial<Statement>;
}

export async function visit(url: string, client: string): Promise<Visit> {
  const beganAt = performance.now();
  const response = await fetch(`${url}/clients/${client}/statement`);
  const statement = (await response.json()) as Partial<Statement>;
  return { status: response.status, ms: performance.now() - beganAt, statement };
}

/** All clients at once, each of them so many times. */
export function crowd(urls: readonly string[], clients: readonly string[], times: number): Promise<Visit[]> {
  const visits = urls.flatMap((url) =>
    clients.flatMap((client) => Array<[string, string]>(times).fill([url, client])),
  );
  return Promise.all(visits.map(([url, client]) => visit(url, client)));
}

/** One after the other. */
export async function inTurn(url: string, clients: readonly string[], times: number): Promise<Visit[]> {
  const visits: Visit[] = [];
  for (let round = 0; round < times; round++)
    for (const client of clients) visits.push(await visit(url, client));
  return visits;
}

export function answered(visits: readonly Visit[]): number {
  return visits.filter(({ status }) => status === 200).length;
}

export function medianMs(visits: readonly Visit[]): number {
  const times = visits.map(({ ms }) => ms).sort((a, b) => a - b);
  return times[Math.floor(times.length / 2)] ?? NaN;
}
