import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ResourceInUseException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { Injectable } from '@nestjs/common';

export const TABLE_INDEX = 'message-group-sk-index';
const LONGEST_WAIT_SECONDS = 120;

@Injectable()
export class ConversationsTable {
  readonly name = process.env.CONVERSATIONS_TABLE ?? 'conversations';

  constructor(private readonly client: DynamoDBClient) {}

  /** Makes the table and its stream; where they are already, nothing happens. */
  async create(): Promise<void> {
    const keys = (partition: string) => [
      { AttributeName: partition, KeyType: 'HASH' as const },
      { AttributeName: 'sk', KeyType: 'RANGE' as const },
    ];
    const creation = new CreateTableCommand({
      TableName: this.name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk', 'message_group_uuid'].map((AttributeName) => ({
        AttributeName,
        AttributeType: 'S',
      })),
      KeySchema: keys('pk'),
      GlobalSecondaryIndexes: [
        {
          IndexName: TABLE_INDEX,
          KeySchema: keys('message_group_uuid'),
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
    });
    await this.client.send(creation).catch((error: unknown) => {
      if (!(error instanceof ResourceInUseException)) throw error;
    });
    // The waiter asks every 20 s unless told otherwise.
    const patience = { client: this.client, minDelay: 1, maxDelay: 2, maxWaitTime: LONGEST_WAIT_SECONDS };
    await waitUntilTableExists(patience, { TableName: this.name });
  }

  /** @throws Error when the table has no stream */
  async streamArn(): Promise<string> {
    const { Table: table } = await this.client.send(new DescribeTableCommand({ TableName: this.name }));
    if (!table?.LatestStreamArn) throw new Error(`The table '${this.name}' has no stream.`);
    return table.LatestStreamArn;
  }
}
