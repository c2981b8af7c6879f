/**
 * The DynamoDB requests the store is made of, each under the caller's signal. A connection that was lost is tried once
 * more: a conditional write recognises its own first attempt by its version, others get a new version.
 */
import type { Spent } from '../observability/charge';
import type { BatchGetItemCommandInput } from '@aws-sdk/client-dynamodb';
import { backOff } from './back-off';
import { chargeRead, chargeRefusal, chargeWrite } from './charges';
import type { LazyConnection, StoreConnection } from './client';
import type { Condition } from './conditions';
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

/** Why an item was not put. */
export interface Refusal {
  /** The item that stands there; `{}` where the engine does not tell. */
  readonly inTheWay: Item;
  /** Whether the request was sent more than once: the first time it may have been put, and replaced since. */
  readonly isRepeated: boolean;
}

type Request<T> = (connection: StoreConnection, options: RequestOptions) => Promise<T>;

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
    const { Item, ConsumedCapacity } = await this.send(signal, ({ sdk, send }) =>
      send(new sdk.GetItemCommand(input), signal),
    );
    chargeRead(spent, [[pk, Item]], consistent, ConsumedCapacity);
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
    spent: Spent | undefined,
  ): Promise<void> {
    const { partitionKey } = this.layout;
    let left = pks;
    for (let attempt = 1; left.length > 0; attempt++) {
      if (attempt > 1) await backOff(attempt, signal);
      const Keys = left.map((pk) => packKey(pk, this.layout));
      const input: BatchGetItemCommandInput = {
        RequestItems: { [this.name]: { Keys, ConsistentRead: consistent } },
        ...this.asked,
      };
      const { Responses, UnprocessedKeys, ConsumedCapacity } = await this.send(signal, ({ sdk, send }) =>
        send(new sdk.BatchGetItemCommand(input), signal),
      );
      const items = new Map((onlyOf(Responses) ?? []).map((item) => [item[partitionKey]?.S, item]));
      const unprocessed = new Set(onlyOf(UnprocessedKeys)?.Keys?.map((key) => key[partitionKey]?.S));
      const asked = left;
      left = asked.filter((pk) => unprocessed.has(pk) && !items.has(pk));
      const found = asked.filter((pk) => !left.includes(pk)).map((pk) => [pk, items.get(pk)] as const);
      chargeRead(spent, found, consistent, ConsumedCapacity);
      for (const [pk, item] of found) answered(pk, item);
    }
  }

  /**
   * Puts an item whatever stands there. It is made anew for each attempt: one that was sent before may have been
   * overwritten meanwhile, and its version must not come back to life.
   */
  async put(item: () => Item, signal: AbortSignal, spent: Spent | undefined): Promise<void> {
    let sent: Item = {};
    const { ConsumedCapacity } = await this.send(signal, ({ sdk, send }) => {
      sent = item();
      const input = { TableName: this.name, Item: sent, ...this.asked };
      return send(new sdk.PutItemCommand(input), signal);
    });
    chargeWrite(spent, [[pkOf(sent, this.layout), sent]], ConsumedCapacity);
  }

  /** `put`. @returns the item that was replaced */
  async replace(item: () => Item, signal: AbortSignal, spent: Spent | undefined): Promise<Item | undefined> {
    let sent: Item = {};
    const { Attributes, ConsumedCapacity } = await this.send(signal, ({ sdk, send }) => {
      sent = item();
      const input = { TableName: this.name, Item: sent, ReturnValues: 'ALL_OLD' as const, ...this.asked };
      return send(new sdk.PutItemCommand(input), signal);
    });
    chargeWrite(spent, [[pkOf(sent, this.layout), sent, Attributes]], ConsumedCapacity);
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
    spent: Spent | undefined,
  ): Promise<Refusal | undefined> {
    const input = {
      TableName: this.name,
      Item: item,
      ConditionExpression: `${expression} OR #ver = :own`,
      // Comes free of charge, and spares a read.
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
      ExpressionAttributeNames: { '#ver': FIXED.version, ...names },
      ExpressionAttributeValues: { ':own': { S: version }, ...values },
      ...this.asked,
    };
    const pk = pkOf(item, this.layout);
    let requests = 0;
    try {
      const { ConsumedCapacity } = await this.send(signal, ({ sdk, send }) => {
        requests++;
        return send(new sdk.PutItemCommand(input), signal);
      });
      chargeWrite(spent, [[pk, item]], ConsumedCapacity);
      return undefined;
    } catch (error) {
      if (!isConditionFailed(error)) throw error;
      const inTheWay = error.Item ?? {};
      chargeRefusal(spent, pk, inTheWay);
      return { inTheWay, isRepeated: requests > 1 || attemptsOf(error) > 1 };
    }
  }

  /**
   * Puts items whatever stands there, 25 a request; what DynamoDB leaves unprocessed is sent again until the signal ends
   * it. They are made anew for each attempt, as by `put`.
   */
  async putMany(
    items: readonly (() => Item)[],
    signal: AbortSignal,
    spent: Spent | undefined,
  ): Promise<void> {
    for (let start = 0; start < items.length; start += MAX_BATCH_WRITES)
      await this.putBatch(items.slice(start, start + MAX_BATCH_WRITES), signal, spent);
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
      // What is read and filtered away is charged, too, and nothing else tells of it.
      ...ASKED,
    };
    let start: Item | undefined;
    do {
      const page = await this.send(signal(), ({ sdk, send }, { abortSignal }) =>
        send(new sdk.ScanCommand({ ...input, ...(start && { ExclusiveStartKey: start }) }), abortSignal),
      );
      chargeRead(spent, [[this.name, {}]], true, page.ConsumedCapacity);
      yield (page.Items ?? []).flatMap((item) => item[partitionKey]?.S ?? []);
      start = page.LastEvaluatedKey;
    } while (start);
  }

  /** Loads the SDK and makes the client; undefined when that has been done. */
  connect(): Promise<void> | undefined {
    return this.connection.begin();
  }

  /** For requests that only `prepareTable` makes. */
  administer<T>(request: Request<T>): Promise<T> {
    return this.send(AbortSignal.timeout(ADMINISTRATION_MS), request);
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  private async putBatch(
    items: readonly (() => Item)[],
    signal: AbortSignal,
    spent: Spent | undefined,
  ): Promise<void> {
    let left = items;
    for (let attempt = 1; left.length > 0; attempt++) {
      if (attempt > 1) await backOff(attempt, signal);
      const asked = left;
      let made: Item[] = [];
      const { UnprocessedItems, ConsumedCapacity } = await this.send(signal, ({ sdk, send }) => {
        made = asked.map((item) => item());
        const requests = made.map((Item) => ({ PutRequest: { Item } }));
        // What they replace is not known here, so DynamoDB is asked.
        const input = { RequestItems: { [this.name]: requests }, ...ASKED };
        return send(new sdk.BatchWriteItemCommand(input), signal);
      });
      const rest = onlyOf(UnprocessedItems)?.map(({ PutRequest }) => PutRequest?.Item ?? {});
      const unprocessed = new Set(rest?.map((item) => pkOf(item, this.layout)));
      const written = made.filter((item) => !unprocessed.has(pkOf(item, this.layout)));
      chargeWrite(
        spent,
        written.map((item) => [pkOf(item, this.layout), item]),
        ConsumedCapacity,
      );
      left = asked.filter((_, i) => unprocessed.has(pkOf(made[i] ?? {}, this.layout)));
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

/** What an answer says of the one table that was asked for; asked for by its ARN, it may be named by its name. */
export function onlyOf<T>(byTable: Readonly<Record<string, T>> | undefined): T | undefined {
  return Object.values(byTable ?? {})[0];
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
