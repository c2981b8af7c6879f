/**
 * Every operation that the code sends, and who needs it: what `iam`, the templates and the CDK's grants are made of. A test holds the list against the
 * source, so that no release sends what no policy names.
 */
export type Purpose =
  /** What a cache sends while it serves: never a Scan. */
  | 'runtime'
  /** `clearPrefix`, and the clear() of a Keyv with a namespace: the one thing at run time that reads the whole table. */
  | 'flush'
  /** `createTable: true`. */
  | 'setup'
  /** `coherence: 'stream'`, and tail. */
  | 'stream'
  /** This command line. */
  | 'operator';

export interface Operation {
  readonly name: string;
  /** The permission, where it is called otherwise. */
  readonly permission?: string;
  readonly on: 'items' | 'table' | 'stream';
  readonly purposes: readonly Purpose[];
}

export const OPERATIONS: readonly Operation[] = [
  { name: 'GetItem', on: 'items', purposes: ['runtime', 'operator'] },
  { name: 'BatchGetItem', on: 'items', purposes: ['runtime', 'operator'] },
  { name: 'PutItem', on: 'items', purposes: ['runtime', 'operator'] },
  { name: 'BatchWriteItem', on: 'items', purposes: ['runtime', 'flush', 'operator'] },
  { name: 'UpdateItem', on: 'items', purposes: ['operator'] },
  { name: 'DeleteItem', on: 'items', purposes: ['operator'] },
  { name: 'BatchExecuteStatement', permission: 'PartiQLDelete', on: 'items', purposes: ['operator'] },
  // A Scan names no keys, and a condition on keys would let all of it through: it is fenced by nothing.
  { name: 'Scan', on: 'table', purposes: ['flush', 'operator'] },
  { name: 'DescribeTable', on: 'table', purposes: ['setup', 'stream', 'operator'] },
  { name: 'CreateTable', on: 'table', purposes: ['setup', 'operator'] },
  { name: 'UpdateTable', on: 'table', purposes: ['setup'] },
  { name: 'DeleteTable', on: 'table', purposes: ['operator'] },
  { name: 'DescribeTimeToLive', on: 'table', purposes: ['setup', 'operator'] },
  { name: 'UpdateTimeToLive', on: 'table', purposes: ['setup', 'operator'] },
  { name: 'DescribeContinuousBackups', on: 'table', purposes: ['operator'] },
  { name: 'UpdateContinuousBackups', on: 'table', purposes: ['operator'] },
  { name: 'ListTagsOfResource', on: 'table', purposes: ['operator'] },
  { name: 'DescribeStream', on: 'stream', purposes: ['stream'] },
  { name: 'GetShardIterator', on: 'stream', purposes: ['stream'] },
  { name: 'GetRecords', on: 'stream', purposes: ['stream'] },
];

/** What IAM calls the operations of some purposes, in alphabetical order. */
export function actionsOf(purposes: readonly Purpose[], on: Operation['on']): string[] {
  return OPERATIONS.filter(
    (one) => one.on === on && one.purposes.some((purpose) => purposes.includes(purpose)),
  )
    .map(({ name, permission = name }) => `dynamodb:${permission}`)
    .sort();
}
