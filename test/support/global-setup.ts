import type { TestProject } from 'vitest/node';
import { startDynamoDB, type DynamoDBEngine } from '../../lib/testing/dynamodb-engine';

declare module 'vitest' {
  interface ProvidedContext {
    dynamodbEndpoint: string;
    dynamodbEngine: DynamoDBEngine;
  }
}

/** Starts one DynamoDB for the whole run; tests keep apart by tables of their own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dynamodb = await startDynamoDB();
  console.log(`DynamoDB engine: ${dynamodb.engine}`);
  project.provide('dynamodbEndpoint', dynamodb.endpoint);
  project.provide('dynamodbEngine', dynamodb.engine);
  return () => dynamodb.stop();
}
