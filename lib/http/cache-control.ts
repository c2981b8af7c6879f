/**
 * `Cache-Control` (RFC 9111, 5.2). Who reads freshness from a field that is malformed errs on the side of stale: a
 * number that is none counts as 0, and of two numbers for one directive the smaller one is believed (4.2.1).
 */
import { membersOf } from './header-values';

/** Directives by name, in lower case; '' where there is no argument. */
export type Directives = ReadonlyMap<string, string>;

/** Larger numbers mean "forever" and count as this, in seconds (RFC 9111, 1.2.2). */
const LONGEST_SECONDS = 2 ** 31;

const TIMES: ReadonlySet<string> = new Set([
  'max-age',
  's-maxage',
  'stale-while-revalidate',
  'stale-if-error',
  'min-fresh',
]);

export const NO_DIRECTIVES: Directives = new Map();

export function parseCacheControl(field: string | undefined): Directives {
  if (field === undefined) return NO_DIRECTIVES;
  const directives = new Map<string, string>();
  for (const member of membersOf(field)) {
    const [, name = '', argument = ''] = /^([^=]*)(?:=(.*))?$/s.exec(member) ?? [];
    const key = name.trim().toLowerCase();
    const value = unquote(argument.trim());
    const known = directives.get(key);
    if (known === undefined) directives.set(key, value);
    else if (TIMES.has(key)) directives.set(key, readSeconds(value) < readSeconds(known) ? value : known);
  }
  return directives;
}

/** The seconds a directive names; undefined when it is not there. */
export function secondsOf(directives: Directives, name: string): number | undefined {
  const argument = directives.get(name);
  return argument === undefined ? undefined : readSeconds(argument);
}

/** The whole seconds of a text (RFC 9111, 1.2.2); 0 when it says anything else. */
export function readSeconds(text: string): number {
  return /^\d+$/.test(text) ? Math.min(Number(text), LONGEST_SECONDS) : 0;
}

function unquote(argument: string): string {
  return /^".*"$/s.test(argument) ? argument.slice(1, -1).replaceAll(/\\(.)/gs, '$1') : argument;
}
