/**
 * Every operation that the code sends, and who needs it: what `iam`, the templates and the CDK's grants are made of. A
 * test holds the list against the source, so that no release sends what no policy names.
 */
export type Purpose =
  /** What a cache sends while it serves: never a Scan. */
  | 'runtime'
  /** `clearPrefix`, and the clear() of a Keyv with a namespace: the one thing at run time that reads the whole table. */
  | 'clearPrefix'
  /** `createTable: true`. */
  | 'setup'
  /** `coherence: 'stream'`. */
  | 'stream'
  /** The command `tail`, which looks up what a stream of KEYS_ONLY does not say. */
  | 'tail'
  /** This command line, all but `tail`. */
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
  { name: 'BatchGetItem', on: 'items', purposes: ['runtime', 'tail', 'operator'] },
  { name: 'PutItem', on: 'items', purposes: ['runtime', 'operator'] },
  { name: 'BatchWriteItem', on: 'items', purposes: ['runtime', 'clearPrefix', 'operator'] },
  { name: 'UpdateItem', on: 'items', purposes: ['operator'] },
  { name: 'DeleteItem', on: 'items', purposes: ['operator'] },
  { name: 'BatchExecuteStatement', permission: 'PartiQLDelete', on: 'items', purposes: ['operator'] },
  // A Scan names no keys, and a condition on keys would let all of it through: it is fenced by nothing.
  { name: 'Scan', on: 'table', purposes: ['clearPrefix', 'operator'] },
  { name: 'DescribeTable', on: 'table', purposes: ['setup', 'stream', 'tail', 'operator'] },
  { name: 'CreateTable', on: 'table', purposes: ['setup', 'operator'] },
  // With tags it needs two permissions.
  { name: 'CreateTable', permission: 'TagResource', on: 'table', purposes: ['operator'] },
  { name: 'UpdateTable', on: 'table', purposes: ['setup'] },
  { name: 'DeleteTable', on: 'table', purposes: ['operator'] },
  { name: 'DescribeTimeToLive', on: 'table', purposes: ['setup', 'operator'] },
  { name: 'UpdateTimeToLive', on: 'table', purposes: ['setup', 'operator'] },
  { name: 'DescribeContinuousBackups', on: 'table', purposes: ['operator'] },
  { name: 'UpdateContinuousBackups', on: 'table', purposes: ['operator'] },
  { name: 'ListTagsOfResource', on: 'table', purposes: ['operator'] },
  { name: 'DescribeStream', on: 'stream', purposes: ['stream', 'tail'] },
  { name: 'GetShardIterator', on: 'stream', purposes: ['stream', 'tail'] },
  { name: 'GetRecords', on: 'stream', purposes: ['stream', 'tail'] },
];

/** What DynamoDB asks of a KMS key of one's own, in the name of whoever asks for the items. */
interface KeyUse {
  readonly permission: string;
  readonly on: 'key' | 'keyGrant';
  readonly purposes: readonly Purpose[];
}

const READERS: readonly Purpose[] = ['stream', 'tail'];
const WRITERS: readonly Purpose[] = ['runtime', 'clearPrefix', 'setup', 'operator'];

// DynamoDB's guide, "Authorizing use of a customer managed key"; readers need two of them.
const KEY_USES: readonly KeyUse[] = [
  { permission: 'Decrypt', on: 'key', purposes: [...READERS, ...WRITERS] },
  { permission: 'DescribeKey', on: 'key', purposes: [...READERS, ...WRITERS] },
  { permission: 'Encrypt', on: 'key', purposes: WRITERS },
  { permission: 'GenerateDataKey*', on: 'key', purposes: WRITERS },
  { permission: 'ReEncrypt*', on: 'key', purposes: WRITERS },
  // Whoever creates a table lends the key to DynamoDB.
  { permission: 'CreateGrant', on: 'keyGrant', purposes: ['setup', 'operator'] },
];

/** What a permission is on. */
export type Place = Operation['on'] | KeyUse['on'];

/** What IAM calls what some purposes need there, in alphabetical order. */
export function actionsOf(purposes: readonly Purpose[], on: Place): string[] {
  const uses = [
    ...OPERATIONS.map((one) => ({ ...one, action: `dynamodb:${one.permission ?? one.name}` })),
    ...KEY_USES.map((one) => ({ ...one, action: `kms:${one.permission}` })),
  ];
  return uses
    .filter((one) => one.on === on && one.purposes.some((purpose) => purposes.includes(purpose)))
    .map(({ action }) => action)
    .sort();
}
