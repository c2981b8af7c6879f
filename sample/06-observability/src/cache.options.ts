import type { Duration, DynamoCacheOptions } from 'nestjs-dynamo-cache';

/** What the environment says about the cache. */
export function cacheOptions(): DynamoCacheOptions {
  const { CACHE_TABLE, CACHE_COOLDOWN, DYNAMODB_ENDPOINT } = process.env;
  return {
    table: CACHE_TABLE ?? 'observability',
    breaker: { cooldown: (CACHE_COOLDOWN ?? '10s') as Duration },
    ...(DYNAMODB_ENDPOINT && localDynamoDB(DYNAMODB_ENDPOINT)),
  };
}

// Without an endpoint the AWS SDK finds region and credentials by itself, as it does for every application.
function localDynamoDB(endpoint: string): DynamoCacheOptions {
  return {
    createTable: true,
    // A busy laptop is not a sick DynamoDB.
    timeout: '2s',
    client: {
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    },
  };
}
