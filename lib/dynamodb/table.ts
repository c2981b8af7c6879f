/**
 * The DynamoDB requests the store is made of, each under the caller's signal. A connection that was lost is tried once
 * more: every write here can meet its own first attempt and recognise it by its version.
 */
import type { BatchGetItemCommandInput, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { backOff } from './back-off';
import type { Connection, LazyConnection, Sdk } from './client';
import { type Item, packKey } from './item';
import { FIXED, type ResolvedLayout, SORT_KEY_VALUE } from './layout';

const MAX_BATCH_WRITES = 25;

export class Table {
  constructor(
    readonly name: string,
    readonly layout: ResolvedLayout,
    private readonly connection: LazyConnection,
  ) {}

  async get(pk: string, consistent: boolean, signal: AbortSignal): Promise<Item | undefined> {
    const input = { TableName: this.name, Key: packKey(pk, this.layout), ConsistentRead: consistent };
    const { Item } = await this.send(({ client, sdk }) =>
      client.send(new sdk.GetItemCommand(input), { abortSignal: signal }),
    );
    return Item;
  }

  /** At most 100 keys, no key twice. What DynamoDB leaves unprocessed is asked for again until the signal ends it. */
  async getMany(pks: readonly string[], consistent: boolean, signal: AbortSignal): Promise<Item[]> {
    const found: Item[] = [];
    let keys: Item[] | undefined = pks.map((pk) => packKey(pk, this.layout));
    for (let attempt = 1; keys && keys.length > 0; attempt++) {
      if (attempt > 1) await backOff(attempt, signal);
      const input: BatchGetItemCommandInput = {
        RequestItems: { [this.name]: { Keys: keys, ConsistentRead: consistent } },
      };
      const { Responses, UnprocessedKeys } = await this.send(({ client, sdk }) =>
        client.send(new sdk.BatchGetItemCommand(input), { abortSignal: signal }),
      );
      found.push(...(Responses?.[this.name] ?? []));
      keys = UnprocessedKeys?.[this.name]?.Keys;
    }
    return found;
  }

  async put(item: Item, signal: AbortSignal): Promise<void> {
    const input = { TableName: this.name, Item: item };
    await this.send(({ client, sdk }) => client.send(new sdk.PutItemCommand(input), { abortSignal: signal }));
  }

  /** @returns the item that was replaced */
  async replace(item: Item, signal: AbortSignal): Promise<Item | undefined> {
    const input = { TableName: this.name, Item: item, ReturnValues: 'ALL_OLD' as const };
    const { Attributes } = await this.send(({ client, sdk }) =>
      client.send(new sdk.PutItemCommand(input), { abortSignal: signal }),
    );
    return Attributes;
  }

  /**
   * Puts an item only where version `seen` stands, or no valid version when that is undefined; or where this very
   * item stands already, after a response that was lost.
   *
   * @returns undefined when it stands there now, else the item that was in the way, `{}` where the engine does not tell
   */
  async putOver(
    seen: string | undefined,
    item: Item,
    version: string,
    signal: AbortSignal,
  ): Promise<Item | undefined> {
    const stands =
      seen === undefined ? 'attribute_not_exists(#ver) OR NOT attribute_type(#ver, :string)' : '#ver = :seen';
    const input = {
      TableName: this.name,
      Item: item,
      ConditionExpression: `${stands} OR #ver = :own`,
      // Comes free of charge, and spares a read.
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
      ExpressionAttributeNames: { '#ver': FIXED.version },
      ExpressionAttributeValues: {
        ':own': { S: version },
        ...(seen === undefined ? { ':string': { S: 'S' } } : { ':seen': { S: seen } }),
      },
    };
    try {
      await this.send(({ client, sdk }) =>
        client.send(new sdk.PutItemCommand(input), { abortSignal: signal }),
      );
      return undefined;
    } catch (error) {
      if (!isConditionFailed(error)) throw error;
      return error.Item ?? {};
    }
  }

  /** Puts any number of items, 25 a request; what DynamoDB leaves unprocessed is sent again until the signal ends it. */
  async putMany(items: readonly Item[], signal: AbortSignal): Promise<void> {
    for (let start = 0; start < items.length; start += MAX_BATCH_WRITES) {
      const puts = items
        .slice(start, start + MAX_BATCH_WRITES)
        .map((item) => ({ PutRequest: { Item: item } }));
      await this.writeBatch(puts, signal);
    }
  }

  /** The partition keys of items with a value that start with one of the prefixes, a page at a time. */
  async *scanKeys(prefixes: readonly string[], signal: () => AbortSignal): AsyncGenerator<readonly string[]> {
    const { partitionKey, sortKey, value } = this.layout;
    const starts = prefixes.map((_, i) => `begins_with(#pk, :prefix${i})`).join(' OR ');
    const input = {
      TableName: this.name,
      FilterExpression: `attribute_exists(#value) AND (${starts})${sortKey ? ' AND #sk = :sk' : ''}`,
      ProjectionExpression: '#pk',
      ExpressionAttributeNames: { '#pk': partitionKey, '#value': value, ...(sortKey && { '#sk': sortKey }) },
      ExpressionAttributeValues: {
        ...Object.fromEntries(prefixes.map((prefix, i) => [`:prefix${i}`, { S: prefix }])),
        ...(sortKey && { ':sk': { S: SORT_KEY_VALUE } }),
      },
    };
    let start: Item | undefined;
    do {
      const page = await this.send(({ client, sdk }) =>
        client.send(new sdk.ScanCommand({ ...input, ...(start && { ExclusiveStartKey: start }) }), {
          abortSignal: signal(),
        }),
      );
      yield (page.Items ?? []).flatMap((item) => item[partitionKey]?.S ?? []);
      start = page.LastEvaluatedKey;
    } while (start);
  }

  /** For requests that only `prepareTable` makes. */
  async administer<T>(request: (connection: { client: DynamoDBClient; sdk: Sdk }) => Promise<T>): Promise<T> {
    return request(await this.connection.get());
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  private async writeBatch(puts: { PutRequest: { Item: Item } }[], signal: AbortSignal): Promise<void> {
    let requests: typeof puts | undefined = puts;
    for (let attempt = 1; requests && requests.length > 0; attempt++) {
      if (attempt > 1) await backOff(attempt, signal);
      const input = { RequestItems: { [this.name]: requests } };
      const { UnprocessedItems } = await this.send(({ client, sdk }) =>
        client.send(new sdk.BatchWriteItemCommand(input), { abortSignal: signal }),
      );
      requests = UnprocessedItems?.[this.name] as typeof puts | undefined;
    }
  }

  private async send<T>(request: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = await this.connection.get();
    try {
      return await request(connection);
    } catch (error) {
      if (!isConnectionLost(error)) throw error;
      return request(connection);
    }
  }
}

function isConditionFailed(error: unknown): error is Error & { readonly Item?: Item } {
  return error instanceof Error && error.name === 'ConditionalCheckFailedException';
}

// A kept-alive connection that the other side had closed already.
function isConnectionLost(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code;
  return code === 'ECONNRESET' || code === 'EPIPE';
}
