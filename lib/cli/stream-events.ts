/**
 * What a record of the table's stream means: written, evicted, expired. A stream of KEYS_ONLY does not say whether a value
 * or the mark of an eviction was put; then the item is asked, for its times and not for its value.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { backOff } from '../dynamodb/back-off';
import { packKey } from '../dynamodb/item';
import { FIXED, SORT_KEY_VALUE } from '../dynamodb/layout';
import type { StreamRecord } from '../dynamodb/stream-record';
import { onlyOf } from '../dynamodb/table';
import { readAddress, spaceOf, startsOf } from './address';
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

/**
 * In the order of the records; leases, locks, chunks, the items of others and of other namespaces are left out, and not
 * looked up either.
 *
 * @throws the SDK's error when an item could not be looked up
 */
export async function eventsOf(records: readonly StreamRecord[], context: Context): Promise<StreamEvent[]> {
  const { settings } = context;
  const events = records.flatMap((record) => eventOf(record, settings) ?? []).filter(isWanted(settings));
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

function isWanted(settings: Settings): (event: StreamEvent) => boolean {
  if (!settings.isNamespaceGiven) return () => true;
  const starts = startsOf(spaceOf(settings));
  return ({ partitionKey }) => starts.some((start) => partitionKey.startsWith(start));
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

// An entry says until when it is fresh, and a mark does not; the item of another program says neither that nor a version.
async function lookUp(
  partitionKeys: readonly string[],
  { connection, settings, signal }: Context,
): Promise<[string, EventKind][]> {
  const { layout, table } = settings;
  const found: Item[] = [];
  let left: Item[] = partitionKeys.map((key) => packKey(key, layout));
  for (let attempt = 1; left.length > 0; attempt++) {
    if (attempt > 1) await backOff(attempt, signal);
    const request = {
      Keys: left,
      ProjectionExpression: '#pk, #ver, #fresh',
      ExpressionAttributeNames: {
        '#pk': layout.partitionKey,
        '#ver': FIXED.version,
        '#fresh': FIXED.freshUntil,
      },
    };
    const { Responses, UnprocessedKeys } = await connection.send(({ client, sdk }, options) =>
      client.send(new sdk.BatchGetItemCommand({ RequestItems: { [table]: request } }), options),
    );
    found.push(...(onlyOf(Responses) ?? []));
    left = onlyOf(UnprocessedKeys)?.Keys ?? [];
  }
  return found.map((item) => [
    item[layout.partitionKey]?.S ?? '',
    item[FIXED.version] !== undefined && item[FIXED.freshUntil] === undefined ? 'evicted' : 'written',
  ]);
}
