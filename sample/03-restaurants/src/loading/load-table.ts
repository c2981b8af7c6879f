import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { dynamoDBConfig } from '../database/dynamodb.config';
import { ensureTable, tableName } from '../database/restaurants-table';
import { type Loaded, load } from './load';
import { progressOn } from './progress';
import { readRestaurants } from './restaurant-file';

/** Loads the table that the environment names, which is created where there is none. */
export async function loadTable(output: NodeJS.WriteStream = process.stdout): Promise<Loaded> {
  // A table that is throttled is asked again, by the SDK with pauses of its own.
  const client = new DynamoDBClient({ ...dynamoDBConfig(), maxAttempts: 10 });
  try {
    await ensureTable(client, tableName());
    const database = DynamoDBDocumentClient.from(client);
    return await load(await readRestaurants(), database, tableName(), await progressOn(output));
  } finally {
    client.destroy();
  }
}
