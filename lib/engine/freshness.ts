import type { Entry } from '../tiers/entry';

export type Freshness = 'fresh' | 'expired';

/**
 * Whether an entry may be served now. An entry that claims to live longer than any entry may was written by a clock
 * far ahead of ours, or not by us: it is not believed.
 */
export function freshnessOf(entry: Entry, nowMs: number, maxTtlMs: number): Freshness {
  if (nowMs >= entry.freshUntilMs || nowMs >= entry.endsAtMs) return 'expired';
  return entry.endsAtMs - nowMs > maxTtlMs + CLOCK_SKEW_MS ? 'expired' : 'fresh';
}

// Two machines whose clocks differ by more than this have other troubles.
const CLOCK_SKEW_MS = 60_000;
