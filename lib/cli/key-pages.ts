/** The keys of entries, page by page: nothing but keys and times is read out of the table. */
import { FIXED } from '../dynamodb/layout';
import { packKey } from '../dynamodb/item';
import { readAddress } from './address';
import type { Context } from './context';

export interface KeyRow {
  readonly partitionKey: string;
  /** The application's key, or its digest. */
  readonly key: string;
  readonly isDigest: boolean;
  /** Undefined for what another program has written without an end. */
  readonly endsAtMs: number | undefined;
}

interface Question {
  /** What the partition keys start with. */
  readonly start: string;
  /** The partition key of the last row of the page before. */
  readonly after: string | undefined;
  /** Whether those that have ended count, too. */
  readonly expired: boolean;
}

export async function* keyRows(
  context: Context,
  { start, after, expired }: Question,
): AsyncGenerator<KeyRow> {
  const { connection, settings } = context;
  const { partitionKey, value, ttl } = settings.layout;
  // A tombstone has no value. With codec: 'json' a value is a text, and those of other programs have no end but their TTL.
  const ours = `attribute_exists(#end)${expired ? '' : ' AND #end > :now'}`;
  const others = `attribute_not_exists(#end) AND attribute_type(#value, :text)${expired ? '' : ' AND (attribute_not_exists(#ttl) OR #ttl > :nowSeconds)'}`;
  const nowMs = Date.now();
  const input = {
    TableName: settings.table,
    FilterExpression: `(attribute_type(#value, :binary) OR attribute_type(#value, :text)) AND begins_with(#pk, :start) AND ((${ours}) OR (${others}))`,
    ProjectionExpression: '#pk, #end, #ttl',
    ExpressionAttributeNames: { '#pk': partitionKey, '#value': value, '#end': FIXED.endsAt, '#ttl': ttl },
    ExpressionAttributeValues: {
      ':binary': { S: 'B' },
      ':text': { S: 'S' },
      ':start': { S: start },
      ...(!expired && { ':now': { N: String(nowMs) }, ':nowSeconds': { N: String(nowMs / 1_000) } }),
    },
  };
  let from = after === undefined ? undefined : packKey(after, settings.layout);
  do {
    const ExclusiveStartKey = from;
    const page = await connection.send(({ client, sdk }, options) =>
      client.send(
        new sdk.ScanCommand({ ...input, ...(ExclusiveStartKey && { ExclusiveStartKey }) }),
        options,
      ),
    );
    for (const item of page.Items ?? []) {
      const row = rowOf(item[partitionKey]?.S, endOf(item[FIXED.endsAt]?.N, item[ttl]?.N));
      if (row) yield row;
    }
    from = page.LastEvaluatedKey;
  } while (from);
}

function rowOf(partitionKey: string | undefined, endsAtMs: number | undefined): KeyRow | undefined {
  const address = partitionKey === undefined ? undefined : readAddress(partitionKey);
  if (partitionKey === undefined || address?.kind !== 'entry') return undefined;
  const { key, stored } = address;
  return { partitionKey, key: key ?? stored, isDigest: key === undefined, endsAtMs };
}

function endOf(ms: string | undefined, seconds: string | undefined): number | undefined {
  if (ms !== undefined) return Number(ms);
  return seconds === undefined ? undefined : Number(seconds) * 1_000;
}
