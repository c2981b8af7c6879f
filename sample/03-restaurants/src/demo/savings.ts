/** What the cache saved: the same visits to the application without its cache and with it. */
import { cpus } from 'node:os';
import type { TableMeter } from './table-meter';
import { type Visit, count, medianMs, totalMs } from './visitor';

// On-demand prices in us-east-1, US dollars per million.
const READ_UNITS = 0.125;
const WRITE_UNITS = 0.625;

export interface Side {
  readonly medianMs: number;
  readonly totalMs: number;
  /** Sent to the table of restaurants. */
  readonly requests: number;
  readonly readUnits: number;
}

export interface Savings {
  readonly machine: string;
  readonly engine: string;
  readonly seed: number;
  readonly visits: number;
  readonly without: Side;
  readonly with: Side;
  readonly answeredFrom: { readonly memory: number; readonly shared: number; readonly database: number };
  /** What the cache asked of its own table. */
  readonly cacheTable: { readonly requests: number; readonly readUnits: number; readonly writeUnits: number };
}

export function sideOf(visits: readonly Visit[], { requests, readUnits }: TableMeter): Side {
  return { medianMs: tenths(medianMs(visits)), totalMs: Math.round(totalMs(visits)), requests, readUnits };
}

export function savingsOf(
  visits: { readonly without: readonly Visit[]; readonly with: readonly Visit[] },
  meters: { readonly without: TableMeter; readonly with: TableMeter; readonly cacheTable: TableMeter },
  run: Pick<Savings, 'engine' | 'seed'>,
): Savings {
  return {
    machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`,
    ...run,
    visits: visits.with.length,
    without: sideOf(visits.without, meters.without),
    with: sideOf(visits.with, meters.with),
    answeredFrom: {
      memory: count(visits.with, 'memory'),
      shared: count(visits.with, 'shared'),
      database: count(visits.with, 'database'),
    },
    cacheTable: {
      requests: meters.cacheTable.requests,
      readUnits: meters.cacheTable.readUnits,
      writeUnits: meters.cacheTable.writeUnits,
    },
  };
}

/** The paragraph of the README. */
export function tellSavings({ visits, without, with: cached, answeredFrom, cacheTable }: Savings): string {
  const before = dollars(without.readUnits, 0);
  const after = dollars(cached.readUnits + cacheTable.readUnits, cacheTable.writeUnits);
  return (
    `${figure(visits)} visits, each to the application without its cache and with it: the database was sent ` +
    `${figure(cached.requests)} requests instead of ${figure(without.requests)}, and charged ` +
    `${figure(cached.readUnits)} read units instead of ${figure(without.readUnits)}. For that the table of the cache was sent ` +
    `${figure(cacheTable.requests)} requests, which cost ${figure(cacheTable.readUnits)} read units and ` +
    `${figure(cacheTable.writeUnits)} write units; a million such visits cost $${perMillion(after, visits)} instead of ` +
    `$${perMillion(before, visits)} on demand. ${figure(answeredFrom.memory)} answers came out of memory, ` +
    `${figure(answeredFrom.shared)} out of Redis or that table. A visit took ${cached.medianMs} ms in the median instead of ` +
    `${without.medianMs} ms, all of them ${seconds(without.totalMs - cached.totalMs)} s less.`
  );
}

function dollars(readUnits: number, writeUnits: number): number {
  return (readUnits * READ_UNITS + writeUnits * WRITE_UNITS) / 1e6;
}

function perMillion(cost: number, visits: number): string {
  return ((cost / visits) * 1e6).toFixed(2);
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}

function figure(number: number): string {
  return number.toLocaleString('en', { maximumFractionDigits: 1 });
}
