// The cache shortens it to its `maxTtl`.
const FOR_EVER_MS = Number.MAX_SAFE_INTEGER;

/**
 * What cache-manager and Keyv mean by a TTL: milliseconds, none or 0 for "never expires", and one that is past for
 * "expired already".
 */
export function lifetime(ttlMs: number | undefined): { ttl: number } {
  if (ttlMs === undefined || ttlMs === 0 || !Number.isFinite(ttlMs)) return { ttl: FOR_EVER_MS };
  return { ttl: Math.max(1, ttlMs) };
}
