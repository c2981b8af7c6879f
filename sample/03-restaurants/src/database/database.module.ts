import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { dynamoDBConfig } from './dynamodb.config';

/** The client of the application's own tables. */
export const DATABASE = Symbol('DATABASE');

@Module({
  providers: [
    {
      provide: DATABASE,
      useFactory: () => DynamoDBDocumentClient.from(new DynamoDBClient(dynamoDBConfig())),
    },
  ],
  exports: [DATABASE],
})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(@Inject(DATABASE) private readonly database: DynamoDBDocumentClient) {}

  onApplicationShutdown(): void {
    this.database.destroy();
  }
}
