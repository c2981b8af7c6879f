import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

/** Without an endpoint the AWS SDK finds region and credentials by itself, as it does for every application. */
export function dynamoDBConfig(endpoint = process.env.DYNAMODB_ENDPOINT): DynamoDBClientConfig {
  if (!endpoint) return {};
  return {
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
}
