/**
 * What a record of the table's stream means: written, evicted, expired. A stream of KEYS_ONLY does not say whether a value
 * or the mark of an eviction was put; then the item is asked, for its times and not for its value.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { packKey } from '../dynamodb/item';
import { FIXED, SORT_KEY_VALUE } from '../dynamodb/layout';
import type { StreamRecord } from '../dynamodb/stream-record';
import { readAddress } from './address';
import type { Context } from './context';
import { nameOfStamp } from './entry-report';
import type { Settings } from './settings';

type Item = Record<string, AttributeValue>;

/** `changed` is an entry that was written or evicted, and is gone by now. */
export type EventKind = 'written' | 'evicted' | 'expired' | 'deleted' | 'changed';

export interface StreamEvent {
  readonly kind: EventKind;
  readonly atMs: number;
  readonly namespace: string;
  /** The application's key, or its digest; of a stamp, what was evicted: `the tag restaurant:7`. */
  readonly what: string;
  readonly partitionKey: string;
}

/** A record as DynamoDB's API has it: more than the cache reads. */
type Told = StreamRecord & {
  readonly eventName?: string | undefined;
  readonly dynamodb?: { readonly ApproximateCreationDateTime?: Date | undefined } | undefined;
};

const TTL_DELETION = 'dynamodb.amazonaws.com';
const MAX_KEYS = 100;

/** In the order of the records; leases, locks, chunks and the items of others are left out. */
export async function eventsOf(records: readonly StreamRecord[], context: Context): Promise<StreamEvent[]> {
  const events = records.flatMap((record) => eventOf(record, context.settings) ?? []);
  const unsure = [
    ...new Set(events.filter(({ kind }) => kind === 'changed').map(({ partitionKey }) => partitionKey)),
  ];
  const kinds = new Map<string, EventKind>();
  for (let start = 0; start < unsure.length; start += MAX_KEYS)
    for (const [key, kind] of await lookUp(unsure.slice(start, start + MAX_KEYS), context))
      kinds.set(key, kind);
  return events.map((event) =>
    event.kind === 'changed' ? { ...event, kind: kinds.get(event.partitionKey) ?? 'changed' } : event,
  );
}

function eventOf(record: Told, { layout }: Settings): StreamEvent | undefined {
  const keys = record.dynamodb?.Keys;
  const partitionKey = keys?.[layout.partitionKey]?.S;
  const address = partitionKey === undefined ? undefined : readAddress(partitionKey);
  if (partitionKey === undefined || !address || !(address.kind === 'entry' || address.kind === 'stamp'))
    return undefined;
  if (layout.sortKey !== undefined && keys?.[layout.sortKey]?.S !== SORT_KEY_VALUE) return undefined;
  return {
    kind: address.kind === 'stamp' ? kindOfStamp(record) : kindOf(record, layout.value),
    atMs: record.dynamodb?.ApproximateCreationDateTime?.getTime() ?? Date.now(),
    namespace: address.space,
    what:
      address.kind === 'stamp'
        ? nameOfStamp(address.stored.replace(/^~stamp:/, ''))
        : (address.key ?? address.stored),
    partitionKey,
  };
}

function kindOf(record: Told, valueAttribute: string): EventKind {
  const { eventName, userIdentity } = record;
  // DynamoDB Local calls its TTL deletions UNKNOWN.
  if (userIdentity?.principalId === TTL_DELETION) return 'expired';
  if (eventName === 'REMOVE') return 'deleted';
  const image = record.dynamodb?.NewImage;
  if (!image) return 'changed';
  return image[valueAttribute] === undefined ? 'evicted' : 'written';
}

function kindOfStamp(record: Told): EventKind {
  const kind = kindOf(record, '');
  return kind === 'expired' || kind === 'deleted' ? kind : 'evicted';
}

// An entry says until when it is fresh; a mark does not.
async function lookUp(
  partitionKeys: readonly string[],
  { connection, settings }: Context,
): Promise<[string, EventKind][]> {
  const { layout, table } = settings;
  const request = {
    Keys: partitionKeys.map((key) => packKey(key, layout)),
    ProjectionExpression: '#pk, #fresh',
    ExpressionAttributeNames: { '#pk': layout.partitionKey, '#fresh': FIXED.freshUntil },
  };
  const { Responses } = await connection.send(({ client, sdk }, options) =>
    client.send(new sdk.BatchGetItemCommand({ RequestItems: { [table]: request } }), options),
  );
  return (Responses?.[table] ?? []).map((item: Item) => [
    item[layout.partitionKey]?.S ?? '',
    item[FIXED.freshUntil] === undefined ? 'evicted' : 'written',
  ]);
}
