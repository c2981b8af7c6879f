import type { Entry } from '../tiers/entry';
import type { Policy } from './policy';

/**
 * What may be done with an entry now:
 * - `fresh`: serve it;
 * - `due`: serve it, and refresh it in the background, because most of its life is spent;
 * - `stale`: serve it, and refresh it in the background, because its life is over (RFC 5861, stale-while-revalidate);
 * - `standby`: load, and serve it only if the loader fails (RFC 5861, stale-if-error);
 * - `expired`: load.
 */
export type Freshness = 'fresh' | 'due' | 'stale' | 'standby' | 'expired';

export type FreshnessPolicy = Pick<Policy, 'staleWhileRevalidateMs' | 'staleIfErrorMs' | 'refreshAhead'>;

/** For readers who have no loader: fresh or expired. */
export const NO_STALE: FreshnessPolicy = {
  staleWhileRevalidateMs: 0,
  staleIfErrorMs: 0,
  refreshAhead: undefined,
};

export function freshnessOf(entry: Entry, nowMs: number, policy: FreshnessPolicy): Freshness {
  // Whoever wrote it may have granted it less than this reader would.
  if (nowMs >= entry.endsAtMs) return 'expired';
  const staleMs = nowMs - entry.freshUntilMs;
  if (staleMs < 0) return isDue(entry, nowMs, policy.refreshAhead) ? 'due' : 'fresh';
  if (staleMs < policy.staleWhileRevalidateMs) return 'stale';
  return staleMs < policy.staleIfErrorMs ? 'standby' : 'expired';
}

/**
 * Whether an entry exists at all now. One that claims to live longer than any entry may was written by a clock far
 * ahead of ours, or not by us: it is not believed.
 */
export function isGone(entry: Entry, nowMs: number, maxLifeMs: number): boolean {
  return nowMs >= entry.endsAtMs || entry.endsAtMs - nowMs > maxLifeMs + CLOCK_SKEW_MS;
}

function isDue(entry: Entry, nowMs: number, refreshAhead: number | undefined): boolean {
  if (!refreshAhead) return false;
  const lifeMs = entry.freshUntilMs - entry.loadedAtMs;
  return nowMs - entry.loadedAtMs >= lifeMs * refreshAhead;
}

// Two machines whose clocks differ by more than this have other troubles.
const CLOCK_SKEW_MS = 60_000;
