import ms from 'ms';
import { InvalidOptionsError } from './invalid-options-error';

type Unit = 'ms' | 's' | 'm' | 'h' | 'd' | 'w';

/** A length of time such as `'90s'`, `'10m'`, `'1h'` or `'30 d'`. */
export type DurationText = `${number}${Unit}` | `${number} ${Unit}`;

/** Milliseconds, or a text with its unit such as `'10m'`, which leaves no doubt. */
export type Duration = number | DurationText;

const FORM = /^\d+(\.\d+)?\s?(ms|s|m|h|d|w)$/;

/**
 * Reads a duration as whole milliseconds.
 *
 * @throws InvalidOptionsError when it is not a finite number above zero, or a text without a unit.
 */
export function durationMs(duration: unknown, option: string): number {
  const milliseconds = typeof duration === 'string' ? parse(duration) : duration;
  if (typeof milliseconds !== 'number' || !Number.isFinite(milliseconds) || milliseconds < 1) {
    throw new InvalidOptionsError(
      option,
      `${describe(duration)} is not a duration: write milliseconds above zero (600000) or a text with a unit ('10m')`,
    );
  }
  return Math.round(milliseconds);
}

/** A TTL written as a bare number below one second is nearly always meant in seconds. */
export function looksLikeSeconds(duration: Duration): boolean {
  return typeof duration === 'number' && duration < 1_000;
}

// `ms` reads '10' as ten milliseconds and '1y' as a year; only the forms that the type admits are let through to it.
function parse(text: string): number | undefined {
  return FORM.test(text) ? ms(text as ms.StringValue) : undefined;
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return typeof value === 'number' || value === undefined || value === null
    ? String(value)
    : `a ${typeof value}`;
}
