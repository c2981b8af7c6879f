/** Deletes expired items as DynamoDB's TTL does, by the `ttl` attribute alone, but at once instead of days late. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteItemCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';

const REST_MS = 4;

export class Janitor {
  deleted = 0;

  constructor({ table, endpoint, clock }) {
    this.table = table;
    this.clock = clock;
    this.client = new DynamoDBClient({ endpoint });
  }

  async work(signal) {
    while (!signal.aborted) {
      await this.#sweep();
      await sleep(REST_MS);
    }
    this.client.destroy();
  }

  async #sweep() {
    const condition = {
      TableName: this.table,
      ExpressionAttributeNames: { '#ttl': 'ttl' },
      ExpressionAttributeValues: { ':now': { N: String(Math.floor(this.clock.now() / 1_000)) } },
    };
    const expired = await this.client.send(
      new ScanCommand({ ...condition, FilterExpression: '#ttl < :now', ConsistentRead: true }),
    );
    await Promise.all(expired.Items.map(({ pk }) => this.#delete(pk, condition)));
  }

  // The item may have been written anew since the scan.
  async #delete(pk, condition) {
    const command = new DeleteItemCommand({ ...condition, Key: { pk }, ConditionExpression: '#ttl < :now' });
    await this.client.send(command).then(
      () => this.deleted++,
      (error) => {
        if (error.name !== 'ConditionalCheckFailedException') throw error;
      },
    );
  }
}
