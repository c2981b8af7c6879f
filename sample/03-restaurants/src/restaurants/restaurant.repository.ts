import { DynamoDBDocumentClient, GetCommand, QueryCommand, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { Inject, Injectable } from '@nestjs/common';
import { DATABASE } from '../database/database.module';
import { tableName } from '../database/restaurants-table';
import type { Kind, Listed, Restaurant } from './restaurant';
import { INDEX, type RestaurantItem, fromItem, keyOf, kindKey } from './restaurant-item';

/** What is asked of the table; nothing here knows of a cache. */
@Injectable()
export class RestaurantRepository {
  private readonly table = tableName();

  constructor(@Inject(DATABASE) private readonly database: DynamoDBDocumentClient) {}

  async find(id: string): Promise<Restaurant | undefined> {
    const { Item } = await this.database.send(new GetCommand({ TableName: this.table, Key: keyOf(id) }));
    return Item && fromItem(Item as RestaurantItem);
  }

  /** The best of a kind: the index has them in this order. */
  async best(kind: Kind, limit: number): Promise<Listed[]> {
    const { Items = [] } = await this.database.send(new QueryCommand({ ...this.ofKind(kind), Limit: limit }));
    return Items.map((item) => listed(item as RestaurantItem));
  }

  /** The average scores of all restaurants of a kind, the best first. */
  async scores(kind: Kind): Promise<number[]> {
    const scores: number[] = [];
    for await (const { Items = [] } of paginateQuery({ client: this.database }, this.ofKind(kind))) {
      scores.push(...Items.map((item) => (item as RestaurantItem).averageScore));
    }
    return scores;
  }

  private ofKind(kind: Kind) {
    return {
      TableName: this.table,
      IndexName: INDEX,
      KeyConditionExpression: 'GSI1PK = :kind',
      ExpressionAttributeValues: { ':kind': kindKey(kind) },
    };
  }
}

function listed({ id, name, address, averageScore }: RestaurantItem): Listed {
  return { id, name, address, averageScore };
}
