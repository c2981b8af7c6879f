import type { Duration, DynamoCacheOptions } from 'nestjs-dynamo-cache/core';

/** What the environment says about the cache, but for CACHE_TABLE, which the library reads by itself. */
export function cacheOptions(): DynamoCacheOptions {
  const { CACHE_TTL = '10m', CACHE_STALE = '5m', CACHE_MEMORY = '30s' } = process.env;
  const { CACHE_TIMEOUT = '500ms', CACHE_COOLDOWN = '10s' } = process.env;
  return {
    ttl: CACHE_TTL as Duration,
    staleWhileRevalidate: CACHE_STALE as Duration,
    staleIfError: '1d',
    // One instance asks DynamoDB for a value no more often than this.
    memory: CACHE_MEMORY !== 'off' && { max: 500, ttl: CACHE_MEMORY as Duration },
    timeout: CACHE_TIMEOUT as Duration,
    breaker: { cooldown: CACHE_COOLDOWN as Duration },
    trackCapacity: true,
  };
}
