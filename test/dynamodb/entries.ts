import { type Entry, newVersion } from '../../lib/tiers/entry';
import type { StoreCall } from '../../lib/tiers/entry-store';

/** An entry that lives for a minute. */
export function entryOf(bytes: Uint8Array, overrides: Partial<Entry> = {}): Entry {
  const now = Date.now();
  const endsAtMs = now + 60_000;
  return { bytes, version: newVersion(), loadedAtMs: now, freshUntilMs: endsAtMs, endsAtMs, ...overrides };
}

export function textEntry(text: string, overrides: Partial<Entry> = {}): Entry {
  return entryOf(new TextEncoder().encode(text), overrides);
}

/** Plenty of time. */
export function call(): StoreCall {
  return { signal: AbortSignal.timeout(15_000), consistent: true };
}
