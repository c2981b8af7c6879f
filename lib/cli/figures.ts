/** Numbers as people read them. */
import { durationMs } from '../duration';
import { UsageError } from './cli-error';
import { asUsage } from './settings';

const STEPS = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

export function bytesText(bytes: number): string {
  let value = bytes;
  let step = 0;
  for (; value >= 1_024 && step < STEPS.length - 1; step++) value /= 1_024;
  const digits = step === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${STEPS[step] ?? ''}`;
}

export function countText(count: number): string {
  return count.toLocaleString('en-US');
}

const SPANS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** The two largest units: `2d 3h`, `4m 10s`, `350ms`. */
export function durationText(ms: number): string {
  const first = SPANS.findIndex(([, length]) => ms >= length);
  if (first < 0) return `${Math.round(ms)}ms`;
  let rest = ms;
  const parts = SPANS.slice(first, first + 2).flatMap(([unit, length]) => {
    const count = Math.floor(rest / length);
    rest -= count * length;
    return count > 0 ? [`${count}${unit}`] : [];
  });
  return parts.join(' ');
}

/** `in 4m 10s`, `3h ago`. */
export function momentText(atMs: number, nowMs: number): string {
  const away = durationText(Math.abs(atMs - nowMs));
  const when = atMs >= nowMs ? `in ${away}` : `${away} ago`;
  return `${isoText(atMs)} (${when})`;
}

export function isoText(atMs: number): string {
  const date = new Date(atMs);
  return Number.isNaN(date.getTime()) ? String(atMs) : date.toISOString();
}

/** `600` are seconds here, as users of command lines know them; `'10m'` leaves no doubt. @throws UsageError */
export function readTtlMs(text: string, option: string): number {
  const trimmed = text.trim();
  const isSeconds = /^\d+(\.\d+)?$/.test(trimmed);
  return asUsage(() => durationMs(isSeconds ? Number(trimmed) * 1_000 : trimmed, option));
}

/** @throws UsageError unless it is a whole number, `least` or more, and `most` or less */
export function readCount(
  text: string | undefined,
  option: string,
  least = 1,
  most = Number.MAX_SAFE_INTEGER,
): number | undefined {
  if (text === undefined) return undefined;
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= least && count <= most) return count;
  const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${most}`;
  throw new UsageError(`--${option}: ${JSON.stringify(text)} is no whole number, ${range}`);
}

/** Names on the left, aligned; what is undefined is left out. */
export function factsText(facts: readonly (readonly [name: string, value: string | undefined])[]): string {
  const told = facts.filter(([, value]) => value !== undefined);
  const width = Math.max(...told.map(([name]) => name.length));
  return told.map(([name, value]) => `${name.padEnd(width)}  ${value ?? ''}`).join('\n');
}

/** Columns; numbers, which are those that end in one, to the right. */
export function columnsText(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return right.includes(column) ? cell.padStart(width) : cell.padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
