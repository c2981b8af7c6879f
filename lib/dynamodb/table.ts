/**
 * The DynamoDB requests the store is made of, each under the caller's signal. A connection that was lost is tried once
 * more: a conditional write recognises its own first attempt by its version, others get a new version.
 */
import type { Spent } from '../observability/charge';
import type { BatchGetItemCommandInput } from '@aws-sdk/client-dynamodb';
import { backOff } from './back-off';
import { chargeRead, chargeRefusal, chargeWrite, foundAt, settled } from './charges';
import type { Connection, LazyConnection } from './client';
import { type Item, packKey, pkOf } from './item';
import { FIXED, type ResolvedLayout, SORT_KEY_VALUE } from './layout';
import { untilAborted } from './until-aborted';

const MAX_BATCH_WRITES = 25;
// Start-up work is on nobody's path.
const ADMINISTRATION_MS = 10_000;

/** What accompanies every request. */
interface RequestOptions {
  readonly abortSignal: AbortSignal;
}

interface Put {
  readonly PutRequest: { readonly Item: Item };
}

type Request<T> = (connection: Connection, options: RequestOptions) => Promise<T>;

// Asks DynamoDB to say what it charged.
const ASKED = { ReturnConsumedCapacity: 'TOTAL' } as const;

export class Table {
  private readonly asked: Partial<typeof ASKED>;

  /** @param trackCapacity whether DynamoDB is asked what each request cost, instead of reckoning by the sizes */
  constructor(
    readonly name: string,
    readonly layout: ResolvedLayout,
    private readonly connection: LazyConnection,
    trackCapacity = false,
  ) {
    this.asked = trackCapacity ? ASKED : {};
  }

  async get(
    pk: string,
    consistent: boolean,
    signal: AbortSignal,
    spent: Spent | undefined,
  ): Promise<Item | undefined> {
    const key = packKey(pk, this.layout);
    const input = { TableName: this.name, Key: key, ConsistentRead: consistent, ...this.asked };
    const { Item, ConsumedCapacity } = await this.send(signal, ({ client, sdk }, options) =>
      client.send(new sdk.GetItemCommand(input), options),
    );
    chargeRead(spent, [[pk, Item]], consistent, ConsumedCapacity);
    return Item;
  }

  /** At most 100 keys, no key twice. What DynamoDB leaves unprocessed is asked for again until the signal ends it. */
  async getMany(
    pks: readonly string[],
    consistent: boolean,
    signal: AbortSignal,
    spent: Spent | undefined,
  ): Promise<Item[]> {
    const found: Item[] = [];
    let keys: Item[] | undefined = pks.map((pk) => packKey(pk, this.layout));
    for (let attempt = 1; keys && keys.length > 0; attempt++) {
      if (attempt > 1) await backOff(attempt, signal);
      const input: BatchGetItemCommandInput = {
        RequestItems: { [this.name]: { Keys: keys, ConsistentRead: consistent } },
        ...this.asked,
      };
      const { Responses, UnprocessedKeys, ConsumedCapacity } = await this.send(
        signal,
        ({ client, sdk }, options) => client.send(new sdk.BatchGetItemCommand(input), options),
      );
      const items = Responses?.[this.name] ?? [];
      const rest: Item[] | undefined = UnprocessedKeys?.[this.name]?.Keys;
      chargeRead(
        spent,
        foundAt(settled(keys, rest, this.layout), items, this.layout),
        consistent,
        ConsumedCapacity,
      );
      found.push(...items);
      keys = rest;
    }
    return found;
  }

  /**
   * Puts an item whatever stands there. It is made anew for each attempt: one that was sent before may have been
   * overwritten meanwhile, and its version must not come back to life.
   */
  async put(item: () => Item, signal: AbortSignal, spent: Spent | undefined): Promise<void> {
    let sent: Item = {};
    const { ConsumedCapacity } = await this.send(signal, ({ client, sdk }, options) => {
      sent = item();
      const input = { TableName: this.name, Item: sent, ...this.asked };
      return client.send(new sdk.PutItemCommand(input), options);
    });
    chargeWrite(spent, [[pkOf(sent, this.layout), sent]], ConsumedCapacity);
  }

  /** `put`. @returns the item that was replaced */
  async replace(item: () => Item, signal: AbortSignal, spent: Spent | undefined): Promise<Item | undefined> {
    let sent: Item = {};
    const { Attributes, ConsumedCapacity } = await this.send(signal, ({ client, sdk }, options) => {
      sent = item();
      const input = { TableName: this.name, Item: sent, ReturnValues: 'ALL_OLD' as const, ...this.asked };
      return client.send(new sdk.PutItemCommand(input), options);
    });
    chargeWrite(spent, [[pkOf(sent, this.layout), sent, Attributes]], ConsumedCapacity);
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
    spent: Spent | undefined,
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
      ...this.asked,
    };
    const pk = pkOf(item, this.layout);
    try {
      const { ConsumedCapacity } = await this.send(signal, ({ client, sdk }, options) =>
        client.send(new sdk.PutItemCommand(input), options),
      );
      chargeWrite(spent, [[pk, item]], ConsumedCapacity);
      return undefined;
    } catch (error) {
      if (!isConditionFailed(error)) throw error;
      const inTheWay = error.Item ?? {};
      chargeRefusal(spent, pk, inTheWay);
      return inTheWay;
    }
  }

  /** Puts any number of items, 25 a request; what DynamoDB leaves unprocessed is sent again until the signal ends it. */
  async putMany(items: readonly Item[], signal: AbortSignal, spent: Spent | undefined): Promise<void> {
    for (let start = 0; start < items.length; start += MAX_BATCH_WRITES) {
      const puts = items
        .slice(start, start + MAX_BATCH_WRITES)
        .map((item) => ({ PutRequest: { Item: item } }));
      await this.writeBatch(puts, signal, spent);
    }
  }

  /**
   * The partition keys of entries that start with one of the prefixes, a page at a time. It sees every write that was
   * acknowledged before it. An item counts as an entry by the types of its attributes: others may share the table.
   */
  async *scanKeys(
    prefixes: readonly string[],
    signal: () => AbortSignal,
    spent: Spent | undefined,
  ): AsyncGenerator<readonly string[]> {
    const { partitionKey, sortKey, value } = this.layout;
    const starts = prefixes.map((_, i) => `begins_with(#pk, :prefix${i})`).join(' OR ');
    const isEntry = 'attribute_type(#value, :binary) AND attribute_type(#ver, :string)';
    const input = {
      TableName: this.name,
      ConsistentRead: true,
      FilterExpression: `${isEntry} AND (${starts})${sortKey ? ' AND #sk = :sk' : ''}`,
      ProjectionExpression: '#pk',
      ExpressionAttributeNames: {
        '#pk': partitionKey,
        '#value': value,
        '#ver': FIXED.version,
        ...(sortKey && { '#sk': sortKey }),
      },
      ExpressionAttributeValues: {
        ':binary': { S: 'B' },
        ':string': { S: 'S' },
        ...Object.fromEntries(prefixes.map((prefix, i) => [`:prefix${i}`, { S: prefix }])),
        ...(sortKey && { ':sk': { S: SORT_KEY_VALUE } }),
      },
      // What is read and filtered away is charged, too, and nothing else tells of it.
      ...ASKED,
    };
    let start: Item | undefined;
    do {
      const page = await this.send(signal(), ({ client, sdk }, options) =>
        client.send(new sdk.ScanCommand({ ...input, ...(start && { ExclusiveStartKey: start }) }), options),
      );
      chargeRead(spent, [[this.name, {}]], true, page.ConsumedCapacity);
      yield (page.Items ?? []).flatMap((item) => item[partitionKey]?.S ?? []);
      start = page.LastEvaluatedKey;
    } while (start);
  }

  /** For requests that only `prepareTable` makes. */
  administer<T>(request: Request<T>): Promise<T> {
    return this.send(AbortSignal.timeout(ADMINISTRATION_MS), request);
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  private async writeBatch(puts: Put[], signal: AbortSignal, spent: Spent | undefined): Promise<void> {
    let requests: Put[] | undefined = puts;
    for (let attempt = 1; requests && requests.length > 0; attempt++) {
      if (attempt > 1) await backOff(attempt, signal);
      // What they replace is not known here, so DynamoDB is asked.
      const input = { RequestItems: { [this.name]: requests }, ...ASKED };
      const { UnprocessedItems, ConsumedCapacity } = await this.send(signal, ({ client, sdk }, options) =>
        client.send(new sdk.BatchWriteItemCommand(input), options),
      );
      const rest = UnprocessedItems?.[this.name] as Put[] | undefined;
      const written = settled(itemsOf(requests), rest && itemsOf(rest), this.layout);
      chargeWrite(
        spent,
        written.map((item) => [pkOf(item, this.layout), item]),
        ConsumedCapacity,
      );
      requests = rest;
    }
  }

  private send<T>(abortSignal: AbortSignal, request: Request<T>): Promise<T> {
    return untilAborted(abortSignal, async () => {
      const connection = await this.connection.get();
      try {
        return await request(connection, { abortSignal });
      } catch (error) {
        if (!isLostAtOnce(error)) throw error;
        return request(connection, { abortSignal });
      }
    });
  }
}

function itemsOf(puts: readonly Put[]): Item[] {
  return puts.map(({ PutRequest }) => PutRequest.Item);
}

function isConditionFailed(error: unknown): error is Error & { readonly Item?: Item } {
  return error instanceof Error && error.name === 'ConditionalCheckFailedException';
}

// A kept-alive connection that the other side had closed already. A client that has tried again by itself has done enough.
function isLostAtOnce(error: unknown): boolean {
  const { code, $metadata } = (error ?? {}) as { code?: unknown; $metadata?: { attempts?: number } };
  return (code === 'ECONNRESET' || code === 'EPIPE') && ($metadata?.attempts ?? 1) === 1;
}
