/**
 * What each part of the cache sends to DynamoDB, and the least that IAM has to allow for it. The Service Authorization
 * Reference of DynamoDB says which actions know `dynamodb:LeadingKeys`, by which namespaces are fenced off.
 */

/** A part of the cache that needs rights of its own. */
export type Purpose = 'runtime' | 'flush' | 'setup' | 'stream';

/** A statement of an IAM policy. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

export interface PolicyRequest {
  readonly purposes: readonly Purpose[];
  /** Such as `arn:aws:dynamodb:eu-central-1:111122223333:table/cache-prod`. */
  readonly tableArn: string;
  /** Fences `runtime` off from other namespaces of the table. @default every namespace */
  readonly namespace?: string | undefined;
}

interface Rights {
  readonly sid: string;
  readonly why: string;
  readonly onTable: readonly string[];
  readonly onStream?: readonly string[];
}

/** By purpose: the actions, and which part of the cache sends them. */
export const RIGHTS: Readonly<Record<Purpose, Rights>> = {
  runtime: {
    sid: 'CacheRuntime',
    why: 'reads, fills, evictions, tags and leases',
    onTable: ['dynamodb:BatchGetItem', 'dynamodb:BatchWriteItem', 'dynamodb:GetItem', 'dynamodb:PutItem'],
  },
  flush: {
    sid: 'CacheFlush',
    why: 'clearPrefix, the clear() of a Keyv with a namespace, and dynamo-cache flush, keys and stats',
    onTable: ['dynamodb:BatchWriteItem', 'dynamodb:Scan'],
  },
  setup: {
    sid: 'CacheSetup',
    why: 'createTable: true and dynamo-cache table create',
    onTable: [
      'dynamodb:CreateTable',
      'dynamodb:DescribeTable',
      'dynamodb:DescribeTimeToLive',
      'dynamodb:UpdateTable',
      'dynamodb:UpdateTimeToLive',
    ],
  },
  stream: {
    sid: 'CacheStream',
    why: "coherence: 'stream' and dynamo-cache tail",
    onTable: ['dynamodb:DescribeTable'],
    onStream: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
  },
};

/** The least-privilege policy for some purposes on one table. */
export function policyDocument({ purposes, tableArn, namespace }: PolicyRequest): PolicyDocument {
  const unique = [...new Set(purposes)];
  return {
    Version: '2012-10-17',
    Statement: unique.flatMap((purpose) => statements(purpose, tableArn, namespace)),
  };
}

/** What the partition keys of a namespace look like, of each of its versions. */
export function leadingKeys(namespace: string): string[] {
  return [`${namespace}#*`, `${namespace}@*`];
}

function statements(purpose: Purpose, tableArn: string, namespace: string | undefined): Statement[] {
  const { sid, onTable, onStream } = RIGHTS[purpose];
  const table: Statement = {
    Sid: sid,
    Effect: 'Allow',
    Action: onTable,
    Resource: tableArn,
    // Of these purposes it alone sends nothing but requests by key. For others the condition would hold nothing back:
    // ForAllValues is true of a request without leading keys.
    ...(purpose === 'runtime' && namespace !== undefined && { Condition: fence(namespace) }),
  };
  if (!onStream) return [table];
  return [
    table,
    { Sid: `${sid}Records`, Effect: 'Allow', Action: onStream, Resource: `${tableArn}/stream/*` },
  ];
}

function fence(namespace: string): NonNullable<Statement['Condition']> {
  return {
    'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': leadingKeys(namespace) },
    // A request that names no key at all is none of the runtime's.
    Null: { 'dynamodb:LeadingKeys': ['false'] },
  };
}
