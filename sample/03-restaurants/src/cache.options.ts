import type { Keyv } from 'keyv';
import type { DynamoCacheOptions } from 'nestjs-dynamo-cache';
import { dynamoDBConfig } from './database/dynamodb.config';

/** Memory, then Redis where there is one, then the table of the cache; and only then the method itself. */
export function cacheOptions(redis: readonly Keyv[]): DynamoCacheOptions {
  const { CACHE_TABLE, DYNAMODB_ENDPOINT } = process.env;
  const isLocal = DYNAMODB_ENDPOINT !== undefined;
  return {
    table: CACHE_TABLE ?? 'restaurants-cache',
    memory: { max: 1_000, ttl: '5s' },
    tiers: redis.map((keyv) => ({ keyv, ttl: '5m', ...(isLocal && { timeout: '1s' }) })),
    // A Redis that is back is asked again this soon.
    breaker: { cooldown: '2s' },
    client: dynamoDBConfig(),
    // A busy laptop is not a sick DynamoDB, nor a sick Redis. Who waits for Redis in vain still has time for the table.
    ...(isLocal && { createTable: true, timeout: '2s' }),
  };
}
