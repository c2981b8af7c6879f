import type { Duration, DynamoCacheOptions } from 'nestjs-dynamo-cache';
import { databaseOptions } from './database/database.options';

/** What the environment says about the cache. What it says wrong, the library refuses at start-up. */
export function cacheOptions(): DynamoCacheOptions {
  const { AWS_LAMBDA_FUNCTION_NAME, CACHE_MAY_LAG, CACHE_TABLE, CACHE_TTL, DYNAMODB_ENDPOINT } = process.env;
  return {
    table: CACHE_TABLE ?? 'conversations-cache',
    // How long a list could be wrong, should an eviction ever be lost for good. Past it, and not evicted, a list is what the
    // table says: it is served once more while it is read anew.
    ttl: (CACHE_TTL ?? '10s') as Duration,
    staleWhileRevalidate: '1h',
    // No list may be older than the last eviction, in whichever process that was; or, for a fraction of the price, none older
    // than what another process evicted that long ago.
    ...(CACHE_MAY_LAG ? { memory: { ttl: CACHE_MAY_LAG as Duration } } : { consistentRead: true }),
    // On Lambda an eviction that fails has to fail its record, so that it comes again: what a process tries later, in the
    // background, ends when it is frozen.
    strict: AWS_LAMBDA_FUNCTION_NAME !== undefined,
    client: databaseOptions(),
    ...(DYNAMODB_ENDPOINT && {
      createTable: true,
      // A busy laptop is not a sick DynamoDB.
      timeout: '2s',
    }),
  };
}
