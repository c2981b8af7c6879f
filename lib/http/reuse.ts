/** Whether a stored response may answer a request (RFC 9111, 4), after the engine has told how fresh it is. */
import type { Freshness } from '../engine/freshness';
import type { RequestDirectives } from './request-directives';

/** The age of a stored response, and what is left of its life: below 0 when it is past. */
export interface Times {
  readonly ageMs: number;
  readonly remainingMs: number;
}

export interface Reuse {
  readonly freshness: Freshness;
  /** Whether it is the client that does not want it. */
  readonly isRefused: boolean;
}

/** @param mustRevalidate whether the response forbids to be served past its life */
export function reuseOf(
  freshness: Freshness,
  { ageMs, remainingMs }: Times,
  { noCache, maxAge, minFresh, maxStale }: RequestDirectives,
  mustRevalidate: boolean,
): Reuse {
  // A browser's reload says max-age=0, and means now.
  const isTooOld = maxAge !== undefined && (maxAge === 0 || ageMs > maxAge * 1_000);
  const endsTooSoon = minFresh > 0 && remainingMs < minFresh * 1_000;
  if (noCache || isTooOld || endsTooSoon) return { freshness: 'expired', isRefused: true };
  const isStale = freshness !== 'fresh' && freshness !== 'due';
  // Who says how old or how fresh, and not how stale, takes nothing stale (RFC 9111, 5.2.1.1), however it came to be.
  const wantsFresh = maxStale === undefined && (maxAge !== undefined || minFresh > 0);
  if (isStale && wantsFresh) return { freshness: 'expired', isRefused: freshness !== 'expired' };
  const isTolerated = maxStale !== undefined && -remainingMs <= maxStale * 1_000 && !mustRevalidate;
  return { freshness: isStale && isTolerated ? 'fresh' : freshness, isRefused: false };
}
