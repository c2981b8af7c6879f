/**
 * A Lambda function on the cache table's stream, for fleets that cannot follow it themselves: it tells what changed
 * through whatever reaches the instances.
 */
import { type LayoutPreset, resolveLayout, type TableLayout } from '../dynamodb/layout';
import { type StreamRecord, changeOf } from '../dynamodb/stream-record';
import { type CacheLogger, consoleLogger } from '../observability/logger';

/** What Lambda hands over; `DynamoDBStreamEvent` of `@types/aws-lambda` fits. */
export interface StreamEvent {
  readonly Records: readonly StreamRecord[];
}

/** Where Lambda has to begin again: nowhere, or at the first of these. */
export interface StreamResponse {
  batchItemFailures: { itemIdentifier: string }[];
}

/** What a `streamHandler` has to know of the table. */
export interface StreamHandlerOptions {
  /** The table's attribute names, as in the cache's own options. @default `{ partitionKey: 'pk' }`, no sort key */
  layout?: LayoutPreset | TableLayout;
  /** Where failures of `notify` are said. @default the console */
  logger?: CacheLogger;
}

// 100 addresses take at most 100 KB or so: an SNS or SQS message holds 256.
const AT_ONCE = 100;

/**
 * A handler for a Lambda function that is subscribed to the cache table's stream, with `ReportBatchItemFailures`. It
 * calls `notify` with what changed, in order, at most 100 addresses a time; where that throws, Lambda begins again.
 * Being told twice does no harm. Instances hand the addresses to `cache.forget`.
 *
 * @param notify publishes to SNS, Redis, EventBridge or the like
 * @throws InvalidOptionsError when the layout cannot be one
 * @example
 * import { streamHandler } from 'nestjs-dynamo-cache/core';
 * export const handler = streamHandler((addresses) => publish(JSON.stringify(addresses)));
 */
export function streamHandler(
  notify: (addresses: readonly string[]) => Promise<void>,
  { layout, logger = consoleLogger }: StreamHandlerOptions = {},
): (event: StreamEvent) => Promise<StreamResponse> {
  const resolved = resolveLayout(layout);
  return async ({ Records: records }) => {
    for (const group of groupsOf(records, (record) => changeOf(record, resolved)?.address)) {
      try {
        await notify([...group.addresses]);
      } catch (error) {
        const why = error instanceof Error ? error.message : 'unknown failure';
        logger.error(`The cache's instances were not told what changed, and will be: ${why}`);
        // Lambda takes the first of these as the place to begin again; without an identifier it repeats the batch.
        return { batchItemFailures: [{ itemIdentifier: group.first.dynamodb?.SequenceNumber ?? '' }] };
      }
    }
    return { batchItemFailures: [] };
  };
}

interface Group {
  readonly first: StreamRecord;
  readonly addresses: Set<string>;
}

function groupsOf(
  records: readonly StreamRecord[],
  addressOf: (record: StreamRecord) => string | undefined,
): Group[] {
  const groups: Group[] = [];
  for (const record of records) {
    const address = addressOf(record);
    if (address === undefined) continue;
    const last = groups.at(-1);
    if (last && (last.addresses.size < AT_ONCE || last.addresses.has(address))) last.addresses.add(address);
    else groups.push({ first: record, addresses: new Set([address]) });
  }
  return groups;
}
