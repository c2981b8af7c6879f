/**
 * The DynamoDB requests the store is made of, each under the caller's signal. A connection that was lost is tried once
 * more: a conditional write recognises its own first attempt by its version, others get a new version.
 */
import type { BatchGetItemCommandInput } from '@aws-sdk/client-dynamodb';
import { backOff } from './back-off';
import type { Connection, LazyConnection } from './client';
import type { Condition } from './conditions';
import { type Item, packKey } from './item';
import { FIXED, type ResolvedLayout, SORT_KEY_VALUE } from './layout';
import { untilAborted } from './until-aborted';

const MAX_BATCH_WRITES = 25;
// Start-up work is on nobody's path.
const ADMINISTRATION_MS = 10_000;

/** What accompanies every request. */
interface RequestOptions {
  readonly abortSignal: AbortSignal;
}

/** Why an item was not put. */
export interface Refusal {
  /** The item that stands there; `{}` where the engine does not tell. */
  readonly inTheWay: Item;
  /** Whether the request was sent more than once: the first time it may have been put, and replaced since. */
  readonly isRepeated: boolean;
}

type Request<T> = (connection: Connection, options: RequestOptions) => Promise<T>;

export class Table {
  constructor(
    readonly name: string,
    readonly layout: ResolvedLayout,
    private readonly connection: LazyConnection,
  ) {}

  async get(pk: string, consistent: boolean, signal: AbortSignal): Promise<Item | undefined> {
    const input = { TableName: this.name, Key: packKey(pk, this.layout), ConsistentRead: consistent };
    const { Item } = await this.send(signal, ({ client, sdk }, options) =>
      client.send(new sdk.GetItemCommand(input), options),
    );
    return Item;
  }

  /**
   * At most 100 keys, no key twice. What DynamoDB leaves unprocessed, which it does beyond 16 MB an answer, is asked for
   * again until the signal ends it.
   *
   * @param answered is told what stands under each key as soon as that is known, whatever becomes of the others
   */
  async getMany(
    pks: readonly string[],
    consistent: boolean,
    signal: AbortSignal,
    answered: (pk: string, item: Item | undefined) => void,
  ): Promise<void> {
    const { partitionKey } = this.layout;
    let left = pks;
    for (let attempt = 1; left.length > 0; attempt++) {
      if (attempt > 1) await backOff(attempt, signal);
      const Keys = left.map((pk) => packKey(pk, this.layout));
      const input: BatchGetItemCommandInput = {
        RequestItems: { [this.name]: { Keys, ConsistentRead: consistent } },
      };
      const { Responses, UnprocessedKeys } = await this.send(signal, ({ client, sdk }, options) =>
        client.send(new sdk.BatchGetItemCommand(input), options),
      );
      const items = new Map((Responses?.[this.name] ?? []).map((item) => [item[partitionKey]?.S, item]));
      const unprocessed = new Set(UnprocessedKeys?.[this.name]?.Keys?.map((key) => key[partitionKey]?.S));
      const asked = left;
      left = asked.filter((pk) => unprocessed.has(pk) && !items.has(pk));
      for (const pk of asked) if (!left.includes(pk)) answered(pk, items.get(pk));
    }
  }

  /**
   * Puts an item whatever stands there. It is made anew for each attempt: one that was sent before may have been
   * overwritten meanwhile, and its version must not come back to life.
   */
  async put(item: () => Item, signal: AbortSignal): Promise<void> {
    await this.send(signal, ({ client, sdk }, options) =>
      client.send(new sdk.PutItemCommand({ TableName: this.name, Item: item() }), options),
    );
  }

  /** `put`. @returns the item that was replaced */
  async replace(item: () => Item, signal: AbortSignal): Promise<Item | undefined> {
    const { Attributes } = await this.send(signal, ({ client, sdk }, options) => {
      const input = { TableName: this.name, Item: item(), ReturnValues: 'ALL_OLD' as const };
      return client.send(new sdk.PutItemCommand(input), options);
    });
    return Attributes;
  }

  /**
   * Puts an item only where the condition holds; or where this very item stands already, after a response that was
   * lost.
   *
   * @returns undefined when it stands there now, else what was in the way
   */
  async putOver(
    { expression, names, values }: Condition,
    item: Item,
    version: string,
    signal: AbortSignal,
  ): Promise<Refusal | undefined> {
    const input = {
      TableName: this.name,
      Item: item,
      ConditionExpression: `${expression} OR #ver = :own`,
      // Comes free of charge, and spares a read.
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
      ExpressionAttributeNames: { '#ver': FIXED.version, ...names },
      ExpressionAttributeValues: { ':own': { S: version }, ...values },
    };
    let requests = 0;
    try {
      await this.send(signal, ({ client, sdk }, options) => {
        requests++;
        return client.send(new sdk.PutItemCommand(input), options);
      });
      return undefined;
    } catch (error) {
      if (!isConditionFailed(error)) throw error;
      return { inTheWay: error.Item ?? {}, isRepeated: requests > 1 || attemptsOf(error) > 1 };
    }
  }

  /**
   * Puts items whatever stands there, 25 a request; what DynamoDB leaves unprocessed is sent again until the signal ends
   * it. They are made anew for each attempt, as by `put`.
   */
  async putMany(items: readonly (() => Item)[], signal: AbortSignal): Promise<void> {
    for (let start = 0; start < items.length; start += MAX_BATCH_WRITES)
      await this.putBatch(items.slice(start, start + MAX_BATCH_WRITES), signal);
  }

  /**
   * The partition keys of entries that start with one of the prefixes, a page at a time. It sees every write that was
   * acknowledged before it. An item counts as an entry by the types of its attributes: others may share the table.
   */
  async *scanKeys(prefixes: readonly string[], signal: () => AbortSignal): AsyncGenerator<readonly string[]> {
    const { partitionKey, sortKey, value, holdsText } = this.layout;
    const starts = prefixes.map((_, i) => `begins_with(#pk, :prefix${i})`).join(' OR ');
    const isOurs = 'attribute_type(#value, :binary) AND attribute_type(#ver, :string)';
    // Texts of other programs are entries, too, and have no version.
    const isEntry = holdsText ? `(${isOurs} OR attribute_type(#value, :string))` : isOurs;
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
    };
    let start: Item | undefined;
    do {
      const page = await this.send(signal(), ({ client, sdk }, options) =>
        client.send(new sdk.ScanCommand({ ...input, ...(start && { ExclusiveStartKey: start }) }), options),
      );
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

  private async putBatch(items: readonly (() => Item)[], signal: AbortSignal): Promise<void> {
    const { partitionKey } = this.layout;
    let left = items;
    for (let attempt = 1; left.length > 0; attempt++) {
      if (attempt > 1) await backOff(attempt, signal);
      const asked = left;
      let made: Item[] = [];
      const { UnprocessedItems } = await this.send(signal, ({ client, sdk }, options) => {
        made = asked.map((item) => item());
        const requests = made.map((Item) => ({ PutRequest: { Item } }));
        return client.send(
          new sdk.BatchWriteItemCommand({ RequestItems: { [this.name]: requests } }),
          options,
        );
      });
      const keys = UnprocessedItems?.[this.name]?.map(
        ({ PutRequest }) => PutRequest?.Item?.[partitionKey]?.S,
      );
      const unprocessed = new Set(keys);
      left = asked.filter((_, i) => unprocessed.has(made[i]?.[partitionKey]?.S));
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

function isConditionFailed(error: unknown): error is Error & { readonly Item?: Item } {
  return error instanceof Error && error.name === 'ConditionalCheckFailedException';
}

// A kept-alive connection that the other side had closed already. A client that has tried again by itself has done enough.
function isLostAtOnce(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return (code === 'ECONNRESET' || code === 'EPIPE') && attemptsOf(error) === 1;
}

// How often the client itself has sent the request.
function attemptsOf(error: unknown): number {
  const { $metadata } = (error ?? {}) as { $metadata?: { attempts?: number } };
  return $metadata?.attempts ?? 1;
}
