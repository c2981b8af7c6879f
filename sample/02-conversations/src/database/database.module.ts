import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { ConversationsTable } from './conversations-table';
import { databaseOptions } from './database.options';

@Module({
  providers: [
    { provide: DynamoDBClient, useFactory: () => new DynamoDBClient(databaseOptions()) },
    { provide: DynamoDBStreamsClient, useFactory: () => new DynamoDBStreamsClient(databaseOptions()) },
    {
      provide: DynamoDBDocumentClient,
      useFactory: (client: DynamoDBClient) => DynamoDBDocumentClient.from(client),
      inject: [DynamoDBClient],
    },
    ConversationsTable,
  ],
  exports: [ConversationsTable, DynamoDBDocumentClient, DynamoDBStreamsClient],
})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(
    private readonly client: DynamoDBClient,
    private readonly streams: DynamoDBStreamsClient,
  ) {}

  onApplicationShutdown(): void {
    this.client.destroy();
    this.streams.destroy();
  }
}
