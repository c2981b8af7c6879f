import type { Keyv } from 'keyv';
import type { DynamoCacheOptions } from 'nestjs-dynamo-cache';
import { dynamoDBConfig } from './database/dynamodb.config';

/** Memory, then Redis where there is one, then the table of the cache; and only then the method itself. */
export function cacheOptions(redis: readonly Keyv[]): DynamoCacheOptions {
  const { CACHE_TABLE, DYNAMODB_ENDPOINT } = process.env;
  // A busy laptop is no sick DynamoDB, and no sick Redis.
  const patience: Pick<DynamoCacheOptions, 'timeout'> = DYNAMODB_ENDPOINT ? { timeout: '2s' } : {};
  return {
    table: CACHE_TABLE ?? 'restaurants-cache',
    memory: { max: 1_000, ttl: '5s' },
    tiers: redis.map((keyv) => ({ keyv, ttl: '5m', ...patience })),
    // A Redis that is back is asked again this soon.
    breaker: { cooldown: '2s' },
    client: dynamoDBConfig(),
    ...patience,
    ...(DYNAMODB_ENDPOINT && { createTable: true }),
  };
}
