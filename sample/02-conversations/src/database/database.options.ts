import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

/** Without an endpoint the AWS SDK finds region and credentials by itself, as it does for every application. */
export function databaseOptions(): DynamoDBClientConfig {
  const { DYNAMODB_ENDPOINT: endpoint } = process.env;
  if (!endpoint) return {};
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return { endpoint, region: 'us-east-1', credentials };
}
