/**
 * The cache that is written in ten minutes: GetItem and PutItem, JSON in a String, a TTL. It has no versions, so a slow
 * load writes back what was deleted meanwhile.
 */
import {
  BatchGetItemCommand,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';

const LIFE_MS = 3_600_000;

export class BareCache {
  #client;
  #table;

  constructor(client, table) {
    this.#client = client;
    this.#table = table;
  }

  async getOrLoad(key, loader) {
    const { Item } = await this.#client.send(new GetItemCommand({ TableName: this.#table, Key: keyOf(key) }));
    const found = valueOf(Item);
    if (found !== undefined) return found;
    const value = await loader();
    await this.set(key, value);
    return value;
  }

  async set(key, value) {
    const end = Date.now() + LIFE_MS;
    const Item = {
      ...keyOf(key),
      v: { S: JSON.stringify(value) },
      end: { N: String(end) },
      ttl: { N: String(Math.ceil(end / 1_000)) },
    };
    await this.#client.send(new PutItemCommand({ TableName: this.#table, Item }));
  }

  async delete(key) {
    await this.#client.send(new DeleteItemCommand({ TableName: this.#table, Key: keyOf(key) }));
  }

  /** At most 100 keys. */
  async getMany(keys) {
    const request = { RequestItems: { [this.#table]: { Keys: keys.map(keyOf) } } };
    const { Responses } = await this.#client.send(new BatchGetItemCommand(request));
    return Responses[this.#table].map(valueOf);
  }
}

function keyOf(key) {
  return { pk: { S: `bare#${key}` } };
}

// DynamoDB deletes expired items days late.
function valueOf(item) {
  return item && Number(item.end.N) > Date.now() ? JSON.parse(item.v.S) : undefined;
}
