import type { TestProject } from 'vitest/node';
import { compileModules } from './compiled-modules';
import { startDynamoDB, type DynamoDBEngine } from '../../lib/testing/dynamodb-engine';

declare module 'vitest' {
  interface ProvidedContext {
    dynamodbEndpoint: string;
    dynamodbEngine: DynamoDBEngine;
  }
}

/** Starts one DynamoDB for the whole run, where tests keep apart by tables of their own, and compiles what processes look into. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  compileModules();
  const dynamodb = await startDynamoDB();
  console.log(`DynamoDB engine: ${dynamodb.engine}`);
  project.provide('dynamodbEndpoint', dynamodb.endpoint);
  project.provide('dynamodbEngine', dynamodb.engine);
  return () => dynamodb.stop();
}
