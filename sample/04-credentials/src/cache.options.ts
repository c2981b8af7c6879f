import { type DynamoCacheOptions, type SealKey, customType } from 'nestjs-dynamo-cache';
import { DatabaseCredentials } from './databases/database-credentials';
import { Secret } from './secret';
import { AccessToken } from './tokens/access-token';

/** What is inside a Secret is private, so the class says itself how it is kept. */
const secret = customType({
  type: Secret,
  serialize: (value) => value.reveal(),
  deserialize: (text) => new Secret(text),
});

/** What the environment says about the cache. */
export function cacheOptions(): DynamoCacheOptions {
  const { CACHE_TABLE, CACHE_KEYS = '', DYNAMODB_ENDPOINT } = process.env;
  return {
    table: CACHE_TABLE ?? 'credentials',
    seal: { keys: readKeys(CACHE_KEYS) },
    // A token that somebody else has renewed is seen in the middle of a request, too.
    requestScope: false,
    types: [AccessToken, DatabaseCredentials, secret],
    ...(DYNAMODB_ENDPOINT && localDynamoDB(DYNAMODB_ENDPOINT)),
  };
}

/** CACHE_KEYS=2027-02:<32 bytes in base64>,2026-11:<…>; the first one seals, all of them open. */
function readKeys(text: string): SealKey[] {
  return text.split(',').map((pair) => {
    const [id = '', key = ''] = pair.split(':');
    return { id, key };
  });
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
