import { type LayoutPreset, type ResolvedLayout, type TableLayout, resolveLayout } from '../dynamodb/layout';
import { InvalidOptionsError } from '../invalid-options-error';
import { regionOfKey } from './kms-key';

/** The table that a template describes. */
export interface TableDesign {
  /** The table's name. @default 'cache' */
  tableName?: string | undefined;
  /** The names of its attributes. @default as in the cache's own options */
  layout?: LayoutPreset | TableLayout | undefined;
  /** Whether it has a stream, for `coherence: 'stream'`. @default false */
  stream?: boolean | undefined;
  /** Whether CloudWatch alarms tell of throttling. @default false */
  alarms?: boolean | undefined;
  /** Whether it can be restored to a point in time; a cache hardly ever needs it. @default false */
  pointInTimeRecovery?: boolean | undefined;
  /** The ARN of a KMS key of one's own. @default the account's key aws/dynamodb */
  kmsKeyArn?: string | undefined;
}

export interface ResolvedTableDesign {
  readonly tableName: string;
  readonly layout: ResolvedLayout;
  readonly stream: boolean;
  readonly alarms: boolean;
  readonly pointInTimeRecovery: boolean;
  readonly kmsKeyArn: string | undefined;
}

// What DynamoDB takes for a table's name (API reference, CreateTable).
const TABLE_NAME = /^[\w.-]{3,255}$/;
// DynamoDB takes any text for an attribute's name; templates are not the place to escape it.
const PLAIN_NAME = /^[\w.-]+$/;

/** @throws InvalidOptionsError when a name is none that can be written into a template, or the layout or key is none */
export function resolveTableDesign(design: TableDesign): ResolvedTableDesign {
  const { tableName = 'cache', kmsKeyArn } = design;
  if (!TABLE_NAME.test(tableName)) {
    throw new InvalidOptionsError('tableName', 'write 3 to 255 letters, digits, "_", "." or "-"');
  }
  if (kmsKeyArn !== undefined) regionOfKey(kmsKeyArn);
  const layout = resolveLayout(design.layout);
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
    stream: design.stream ?? false,
    alarms: design.alarms ?? false,
    pointInTimeRecovery: design.pointInTimeRecovery ?? false,
    kmsKeyArn,
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
