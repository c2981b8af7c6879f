/** Where the cache's table is; what is said here reaches the functions by the variables that the AWS SDK reads anyway. */
import { createDynamoCache } from 'nestjs-dynamo-cache/core';
import { startDynamoDB } from 'nestjs-dynamo-cache/testing';

export interface TablePlace {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The table in AWS or in the DynamoDB that the environment names; else one that runs as long as this process. */
export async function provideTable(): Promise<TablePlace> {
  const { CACHE_TABLE, DYNAMODB_ENDPOINT } = process.env;
  if (CACHE_TABLE && !DYNAMODB_ENDPOINT) return { name: `the table '${CACHE_TABLE}' in AWS`, env: {} };
  const table = CACHE_TABLE ?? 'functions';
  if (DYNAMODB_ENDPOINT) {
    return { name: `the DynamoDB at ${DYNAMODB_ENDPOINT}`, env: await createTable(table, DYNAMODB_ENDPOINT) };
  }
  const { engine, endpoint } = await startDynamoDB();
  return { name: `an embedded DynamoDB (${engine})`, env: await createTable(table, endpoint) };
}

/** @returns the environment of functions whose cache is there */
export async function createTable(table: string, endpoint: string): Promise<Record<string, string>> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const cache = createDynamoCache({
    table,
    createTable: true,
    client: { endpoint, region: 'us-east-1', credentials },
  });
  await cache.prepare();
  await cache.close();
  return {
    CACHE_TABLE: table,
    // A busy laptop is not a sick DynamoDB.
    CACHE_TIMEOUT: '2s',
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
}
