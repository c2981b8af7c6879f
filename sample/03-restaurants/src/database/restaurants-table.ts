import {
  type AttributeDefinition,
  CreateTableCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
  type KeySchemaElement,
  ResourceInUseException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { INDEX, LISTED_ATTRIBUTES } from '../restaurants/restaurant-item';

export function tableName(): string {
  return process.env.RESTAURANTS_TABLE ?? 'Restaurants';
}

/** The table; infra/restaurants-stack.ts says the same to CloudFormation, and a test holds the two together. */
export function restaurantsTable(TableName: string): CreateTableCommandInput {
  return {
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['PK', 'SK', 'GSI1PK', 'GSI1SK'].map((AttributeName): AttributeDefinition => ({
      AttributeName,
      AttributeType: 'S',
    })),
    KeySchema: keySchema('PK', 'SK'),
    GlobalSecondaryIndexes: [
      {
        IndexName: INDEX,
        KeySchema: keySchema('GSI1PK', 'GSI1SK'),
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: [...LISTED_ATTRIBUTES] },
      },
    ],
  };
}

/** Creates the table where there is none, and resolves when it can be written. */
export async function ensureTable(client: DynamoDBClient, name: string): Promise<void> {
  try {
    await client.send(new CreateTableCommand(restaurantsTable(name)));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  // The SDK would ask again after twenty seconds.
  await waitUntilTableExists({ client, minDelay: 1, maxWaitTime: 60 }, { TableName: name });
}

function keySchema(partitionKey: string, sortKey: string): KeySchemaElement[] {
  return [
    { AttributeName: partitionKey, KeyType: 'HASH' },
    { AttributeName: sortKey, KeyType: 'RANGE' },
  ];
}
