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
  readonly endsAtMs: number;
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
  const { partitionKey, value } = settings.layout;
  const living = expired ? '' : ' AND #end > :now';
  const input = {
    TableName: settings.table,
    // A tombstone has no value, and with codec: 'json' a value is a text.
    FilterExpression: `(attribute_type(#value, :binary) OR attribute_type(#value, :text)) AND begins_with(#pk, :start)${living}`,
    ProjectionExpression: '#pk, #end',
    ExpressionAttributeNames: { '#pk': partitionKey, '#value': value, '#end': FIXED.endsAt },
    ExpressionAttributeValues: {
      ':binary': { S: 'B' },
      ':text': { S: 'S' },
      ':start': { S: start },
      ...(!expired && { ':now': { N: String(Date.now()) } }),
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
      const row = rowOf(item[partitionKey]?.S, item[FIXED.endsAt]?.N);
      if (row) yield row;
    }
    from = page.LastEvaluatedKey;
  } while (from);
}

function rowOf(partitionKey: string | undefined, end: string | undefined): KeyRow | undefined {
  const address = partitionKey === undefined ? undefined : readAddress(partitionKey);
  if (partitionKey === undefined || address?.kind !== 'entry' || end === undefined) return undefined;
  const { key, stored } = address;
  return { partitionKey, key: key ?? stored, isDigest: key === undefined, endsAtMs: Number(end) };
}
