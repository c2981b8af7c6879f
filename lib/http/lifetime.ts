/** How long a response says that it is fresh, and what may be done with it afterwards (RFC 9111, 4.2; RFC 5861). */
import { type Directives, readSeconds, secondsOf } from './cache-control';
import { type Headers, fieldOf } from './header-values';
import { readHttpDate } from './http-date';

export interface Lifetime {
  /** How long it is fresh from when it was made; undefined when it does not say. */
  readonly freshMs: number | undefined;
  /** How old it was when it came: a handler may pass on what another server has kept. */
  readonly initialAgeMs: number;
  /** Whether it forbids to be served past its life. */
  readonly mustRevalidate: boolean;
  /** What it says of the time after its life; undefined when that is for others to say. */
  readonly staleWhileRevalidateMs: number | undefined;
  readonly staleIfErrorMs: number | undefined;
}

export function lifetimeOf(headers: Headers, directives: Directives, nowMs: number): Lifetime {
  return {
    freshMs: freshMsOf(headers, directives, nowMs),
    initialAgeMs: 1_000 * readSeconds((fieldOf(headers, 'age') ?? '').split(',', 1)[0]?.trim() ?? ''),
    mustRevalidate: isStrict(directives) || directives.has('s-maxage'),
    staleWhileRevalidateMs: staleMsOf(directives, 'stale-while-revalidate'),
    staleIfErrorMs: staleMsOf(directives, 'stale-if-error'),
  };
}

function isStrict(directives: Directives): boolean {
  return directives.has('must-revalidate') || directives.has('proxy-revalidate');
}

// `s-maxage` has the meaning of `proxy-revalidate`, too (RFC 9111, 5.2.2.10); but who writes a stale time beside it, as
// is common, means just that.
function staleMsOf(directives: Directives, name: string): number | undefined {
  if (isStrict(directives)) return 0;
  return inMs(secondsOf(directives, name)) ?? (directives.has('s-maxage') ? 0 : undefined);
}

// A shared cache heeds `s-maxage` before `max-age`, and either before `Expires` (RFC 9111, 4.2.1).
function freshMsOf(headers: Headers, directives: Directives, nowMs: number): number | undefined {
  const seconds = secondsOf(directives, 's-maxage') ?? secondsOf(directives, 'max-age');
  if (seconds !== undefined) return inMs(seconds);
  const expires = fieldOf(headers, 'expires');
  if (expires === undefined) return undefined;
  const madeAtMs = readHttpDate(fieldOf(headers, 'date')) ?? nowMs;
  return Math.max(0, (readHttpDate(expires) ?? 0) - madeAtMs);
}

function inMs(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1_000;
}
