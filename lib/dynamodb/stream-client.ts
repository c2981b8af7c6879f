/**
 * The client of DynamoDB Streams: a package of its own in the AWS SDK, which is needed only by those who follow a
 * stream. It gets its region, credentials and connections from the table's client.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { InvalidOptionsError } from '../invalid-options-error';

type StreamsSdk = typeof import('@aws-sdk/client-dynamodb-streams');

export type StreamsClient = Pick<DynamoDBStreamsClient, 'send'>;

// At AWS, and there alone, streams are at a host of their own.
const AWS_HOST = /\.(amazonaws\.com(\.cn)?|api\.aws)$/;

/** @throws InvalidOptionsError when the package is not installed */
export function loadStreamsSdk(): StreamsSdk {
  // In a `try` block bundlers accept that an optional package is missing; in an import() they do not.
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    return require('@aws-sdk/client-dynamodb-streams') as StreamsSdk;
  } catch (error) {
    if ((error as { code?: unknown } | undefined)?.code !== 'MODULE_NOT_FOUND') throw error;
    throw new InvalidOptionsError(
      'coherence',
      "'stream' needs a package that is not installed: npm install @aws-sdk/client-dynamodb-streams@3",
    );
  }
}

/** @param client one that has sent a request: before that it does not know an endpoint of the environment */
export async function connectStreams({ config }: DynamoDBClient): Promise<StreamsClient> {
  const { region, credentials, requestHandler, useFipsEndpoint, useDualstackEndpoint } = config;
  const { DynamoDBStreamsClient } = loadStreamsSdk();
  const endpoint = await config.endpoint?.();
  const isOwn = endpoint !== undefined && !AWS_HOST.test(endpoint.hostname);
  return new DynamoDBStreamsClient({
    region,
    credentials,
    requestHandler,
    useFipsEndpoint,
    useDualstackEndpoint,
    maxAttempts: 1,
    ...(isOwn && { endpoint }),
  });
}
