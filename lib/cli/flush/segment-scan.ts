/** One segment of the table, page by page: keys, versions and generations of entries, and never a value. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { packKey } from '../../dynamodb/item';
import { FIXED, SORT_KEY_VALUE } from '../../dynamodb/layout';
import { NAMESPACE_STAMP } from '../../key/addresses';
import { readAddress, startsOf } from '../address';
import type { TableConnection } from '../connection';
import type { Settings } from '../settings';
import type { Doomed } from './conditional-deletes';

export interface ScannedEntry extends Doomed {
  readonly space: string;
  readonly loadedAtMs: number;
  /** The generation of its namespace that it was loaded under. */
  readonly generation: string | undefined;
}

export interface SegmentPage {
  readonly entries: readonly ScannedEntry[];
  /** Items looked at, whoever they belong to. */
  readonly scanned: number;
  readonly units: number;
  /** After which key the next page begins; undefined at the end. */
  readonly next: string | undefined;
}

export interface Segment {
  readonly index: number;
  readonly count: number;
  /** `shop` means every version of it, `shop@2` that one; undefined everything. */
  readonly space: string | undefined;
}

/** Reads eventually consistently, at half the price: what it misses is invalid by its generation anyway. */
export async function scanPage(
  connection: TableConnection,
  settings: Settings,
  segment: Segment,
  after: string | null,
): Promise<SegmentPage> {
  const { partitionKey } = settings.layout;
  const input = {
    ...question(settings, segment.space),
    Segment: segment.index,
    TotalSegments: segment.count,
    ...(after !== null && { ExclusiveStartKey: packKey(after, settings.layout) }),
  };
  const page = await connection.send(({ client, sdk }, options) =>
    client.send(new sdk.ScanCommand(input), options),
  );
  return {
    entries: (page.Items ?? []).flatMap((item) => entryOf(item, partitionKey) ?? []),
    scanned: page.ScannedCount ?? 0,
    units: page.ConsumedCapacity?.CapacityUnits ?? 0,
    next: page.LastEvaluatedKey?.[partitionKey]?.S,
  };
}

function question({ table, layout }: Settings, space: string | undefined) {
  const { partitionKey, sortKey, value } = layout;
  const starts = space === undefined ? [] : startsOf(space);
  const within = starts.map((_, i) => `begins_with(#pk, :start${i})`).join(' OR ');
  const conditions = [
    // A text with codec: 'json'. Chunks have no version, and nobody can tell whether the value they are of stands already.
    '(attribute_type(#value, :binary) OR attribute_type(#value, :string))',
    'attribute_type(#ver, :string)',
    ...(within === '' ? [] : [`(${within})`]),
    ...(sortKey === undefined ? [] : ['#sk = :sk']),
  ];
  return {
    TableName: table,
    FilterExpression: conditions.join(' AND '),
    ProjectionExpression: '#pk, #ver, #at, #stamps.#namespace',
    ExpressionAttributeNames: {
      '#pk': partitionKey,
      '#value': value,
      '#ver': FIXED.version,
      '#at': FIXED.loadedAt,
      '#stamps': FIXED.stamps,
      '#namespace': NAMESPACE_STAMP,
      ...(sortKey !== undefined && { '#sk': sortKey }),
    },
    ExpressionAttributeValues: {
      ':binary': { S: 'B' },
      ':string': { S: 'S' },
      ...Object.fromEntries(starts.map((start, i) => [`:start${i}`, { S: start }])),
      ...(sortKey !== undefined && { ':sk': { S: SORT_KEY_VALUE } }),
    },
    ReturnConsumedCapacity: 'TOTAL' as const,
  };
}

function entryOf(item: Record<string, AttributeValue>, key: string): ScannedEntry | undefined {
  const partitionKey = item[key]?.S;
  const version = item[FIXED.version]?.S;
  const loadedAtMs = Number(item[FIXED.loadedAt]?.N);
  if (partitionKey === undefined || version === undefined || !Number.isFinite(loadedAtMs)) return undefined;
  const address = readAddress(partitionKey);
  if (address?.kind !== 'entry') return undefined;
  const generation = item[FIXED.stamps]?.M?.[NAMESPACE_STAMP]?.S;
  return { partitionKey, version, loadedAtMs, space: address.space, generation };
}
