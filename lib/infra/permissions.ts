/**
 * What each part of the cache sends to DynamoDB, and the least that IAM has to allow for it. The Service Authorization
 * Reference of DynamoDB says which actions know `dynamodb:LeadingKeys`, by which namespaces are fenced off.
 */

import { type Purpose as AnyPurpose, actionsOf } from './operations';

/** A part of the cache that needs rights of its own. */
export type Purpose = Exclude<AnyPurpose, 'operator'>;

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
  readonly onTable: readonly string[];
  readonly onStream: readonly string[];
}

/** By purpose: the actions. */
export const RIGHTS: Readonly<Record<Purpose, Rights>> = {
  runtime: rightsOf('runtime', 'CacheRuntime'),
  flush: rightsOf('flush', 'CacheFlush'),
  setup: rightsOf('setup', 'CacheSetup'),
  stream: rightsOf('stream', 'CacheStream'),
};

function rightsOf(purpose: Purpose, sid: string): Rights {
  const onTable = [...actionsOf([purpose], 'items'), ...actionsOf([purpose], 'table')];
  return { sid, onTable, onStream: actionsOf([purpose], 'stream') };
}

/** The least-privilege policy for some purposes on one table. */
export function policyDocument({ purposes, tableArn, namespace }: PolicyRequest): PolicyDocument {
  const unique = [...new Set(purposes)];
  return {
    Version: '2012-10-17',
    Statement: unique.flatMap((purpose) => statements(purpose, tableArn, namespace)),
  };
}

/**
 * What everything of a namespace matches: entries and their chunks, stamps, leases and locks.
 *
 * @param space a namespace with all its versions, or one version: `shop@2`
 */
export function leadingKeys(space: string): string[] {
  const name = literal(space);
  return space.includes('@') ? [`${name}#*`] : [`${name}#*`, `${name}@*`];
}

/** Keeps requests by key to a namespace. */
export function fenceOf(space: string): NonNullable<Statement['Condition']> {
  return {
    'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': leadingKeys(space) },
    // A request that names no key at all meets ForAllValues, and is nobody's who is kept to a namespace.
    Null: { 'dynamodb:LeadingKeys': ['false'] },
  };
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
    ...(purpose === 'runtime' && namespace !== undefined && { Condition: fenceOf(namespace) }),
  };
  if (onStream.length === 0) return [table];
  return [
    table,
    { Sid: `${sid}Records`, Effect: 'Allow', Action: onStream, Resource: `${tableArn}/stream/*` },
  ];
}

// In a policy `*`, `?` and `${` have a meaning.
function literal(text: string): string {
  return text.replace(/[*?$]/g, (sign) => `\${${sign}}`);
}
