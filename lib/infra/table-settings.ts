import { type ResolvedLayout, type TableLayout, resolveLayout } from '../dynamodb/layout';
import { InvalidOptionsError } from '../invalid-options-error';

/** The table that a template describes. */
export interface TableSettings {
  /** The table's name. @default 'cache' */
  tableName?: string | undefined;
  /** The names of its attributes. @default as in the cache's own options */
  layout?: TableLayout | undefined;
  /** Whether it has a stream, for `coherence: 'stream'`. @default false */
  stream?: boolean | undefined;
  /** Whether CloudWatch alarms tell of throttling. @default false */
  alarms?: boolean | undefined;
  /** Whether it can be restored to a point in time; a cache hardly ever needs it. @default false */
  pointInTimeRecovery?: boolean | undefined;
}

export interface ResolvedTableSettings {
  readonly tableName: string;
  readonly layout: ResolvedLayout;
  readonly stream: boolean;
  readonly alarms: boolean;
  readonly pointInTimeRecovery: boolean;
}

// What DynamoDB takes for a table's name (API reference, CreateTable).
const TABLE_NAME = /^[\w.-]{3,255}$/;
// DynamoDB takes any text for an attribute's name; templates are not the place to escape it.
const PLAIN_NAME = /^[\w.-]+$/;

/** @throws InvalidOptionsError when a name is none that can be written into a template, or the layout cannot work */
export function resolveTableSettings(settings: TableSettings): ResolvedTableSettings {
  const { tableName = 'cache' } = settings;
  if (!TABLE_NAME.test(tableName)) {
    throw new InvalidOptionsError('tableName', 'write 3 to 255 letters, digits, "_", "." or "-"');
  }
  const layout = resolveLayout(settings.layout);
  for (const role of ['partitionKey', 'sortKey', 'ttl'] as const) {
    if (layout[role] === undefined || PLAIN_NAME.test(layout[role])) continue;
    throw new InvalidOptionsError(
      `layout.${role}`,
      'a template takes letters, digits, "_", "." and "-" only',
    );
  }
  return {
    tableName,
    layout,
    stream: settings.stream ?? false,
    alarms: settings.alarms ?? false,
    pointInTimeRecovery: settings.pointInTimeRecovery ?? false,
  };
}

/** The key attributes, partition key first. Both are Strings. */
export function keysOf({
  partitionKey,
  sortKey,
}: ResolvedLayout): { name: string; type: 'HASH' | 'RANGE' }[] {
  const hash = { name: partitionKey, type: 'HASH' as const };
  return sortKey === undefined ? [hash] : [hash, { name: sortKey, type: 'RANGE' }];
}

/** The two metrics of DynamoDB that say when a table refuses requests for want of throughput. */
export const THROTTLING_METRICS = ['ReadThrottleEvents', 'WriteThrottleEvents'] as const;
