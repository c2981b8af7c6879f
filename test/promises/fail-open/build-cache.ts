import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { createDynamoCache, type DynamoCacheOptions } from '../../../lib/core';
import { dynamodbEndpoint } from '../../support/dynamodb';
import { Lines } from '../../engine/build-cache';

/** What no log may ever show. */
export const SECRETS = [
  'AKIASECRET',
  'secret-access-key',
  'secret-session',
  'secret-argument',
  'secret-value',
];

export const BUDGET_MS = 200;

export function clientOptions(overrides: DynamoDBClientConfig = {}): DynamoDBClientConfig {
  return {
    endpoint: dynamodbEndpoint,
    region: 'us-east-1',
    credentials: {
      accessKeyId: 'AKIASECRET',
      secretAccessKey: 'secret-access-key',
      sessionToken: 'secret-session',
    },
    ...overrides,
  };
}

/** A cache with a short budget, whose breaker stays open unless a test says otherwise. */
export function buildCache(options: DynamoCacheOptions) {
  const lines = new Lines();
  const cache = createDynamoCache({
    client: clientOptions(),
    timeout: BUDGET_MS,
    breaker: { failures: 5, cooldown: '1h' },
    drainTimeout: '1s',
    logger: lines,
    ...options,
  });
  return { cache, lines };
}
