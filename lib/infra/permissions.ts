/**
 * The least that IAM has to allow for some purposes (operations.ts), for policies, templates and grants alike. The Service
 * Authorization Reference of DynamoDB says which actions know `dynamodb:LeadingKeys`, by which namespaces are fenced off.
 */
import { namesOfDynamoDB, regionOfKey } from './kms-key';
import { type Place, type Purpose, actionsOf } from './operations';

export type { Purpose } from './operations';

export type Condition = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** What is allowed on one resource: a statement that does not name the resource yet. */
export interface Right {
  readonly sid: string;
  readonly on: Place;
  readonly actions: readonly string[];
  readonly condition?: Condition;
}

export interface RightsRequest {
  readonly purposes: readonly Purpose[];
  /** Fences what goes by key off from other namespaces of the table; `shop@2` is one version. @default every namespace */
  readonly namespace?: string | undefined;
  /** As what its KMS key knows DynamoDB: `['dynamodb.eu-central-1.amazonaws.com']`. @default no key of one's own */
  readonly viaService?: readonly string[] | undefined;
}

/** A statement of an IAM policy. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: string;
  readonly Condition?: Condition;
}

export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

export interface PolicyRequest extends Omit<RightsRequest, 'viaService'> {
  /** Such as `arn:aws:dynamodb:eu-central-1:111122223333:table/cache-prod`. */
  readonly tableArn: string;
  /** A KMS key of one's own that encrypts the table. @default none */
  readonly kmsKeyArn?: string | undefined;
}

const LENT_TO_AWS: Condition = { Bool: { 'kms:GrantIsForAWSResource': ['true'] } };

/** The rights that some purposes have together, each action once. */
export function rightsOf({ purposes, namespace, viaService }: RightsRequest): Right[] {
  const fence = namespace === undefined ? undefined : fenceOf(namespace);
  const via = viaService === undefined ? undefined : { StringEquals: { 'kms:ViaService': viaService } };
  const right = (sid: string, on: Place, condition?: Condition): Right[] => {
    const actions = actionsOf(purposes, on);
    return actions.length === 0 ? [] : [{ sid, on, actions, ...(condition && { condition }) }];
  };
  return [
    ...right('CacheItems', 'items', fence),
    // ForAllValues is true of a request without leading keys: a fence would hold none of these back.
    ...right('CacheTable', 'table'),
    ...right('CacheStream', 'stream'),
    ...(via ? right('CacheKey', 'key', via) : []),
    ...(via ? right('CacheKeyGrant', 'keyGrant', { ...via, ...LENT_TO_AWS }) : []),
  ];
}

/** What an application needs that uses the table of a design. */
export function runtimeRights({
  stream,
  kmsKeyArn,
}: {
  readonly stream: boolean;
  readonly kmsKeyArn: string | undefined;
}): Right[] {
  return rightsOf({
    purposes: stream ? ['runtime', 'stream'] : ['runtime'],
    viaService: namesFor(kmsKeyArn),
  });
}

/**
 * The least-privilege policy for some purposes on one table.
 *
 * @throws InvalidOptionsError when `kmsKeyArn` is none
 */
export function policyDocument({ tableArn, kmsKeyArn, ...request }: PolicyRequest): PolicyDocument {
  const resources: Record<Place, string> = {
    items: tableArn,
    table: tableArn,
    stream: `${tableArn}/stream/*`,
    key: kmsKeyArn ?? '',
    keyGrant: kmsKeyArn ?? '',
  };
  return {
    Version: '2012-10-17',
    Statement: rightsOf({ ...request, viaService: namesFor(kmsKeyArn) }).map(
      ({ sid, on, actions, condition }) => ({
        Sid: sid,
        Effect: 'Allow',
        Action: actions,
        Resource: resources[on],
        ...(condition && { Condition: condition }),
      }),
    ),
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

function namesFor(kmsKeyArn: string | undefined): readonly string[] | undefined {
  return kmsKeyArn === undefined ? undefined : namesOfDynamoDB(regionOfKey(kmsKeyArn));
}

function fenceOf(space: string): Condition {
  return {
    'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': leadingKeys(space) },
    // A request that names no key at all meets ForAllValues, and is nobody's who is kept to a namespace.
    Null: { 'dynamodb:LeadingKeys': ['false'] },
  };
}

// In a policy `*`, `?` and `${` have a meaning.
function literal(text: string): string {
  return text.replace(/[*?$]/g, (sign) => `\${${sign}}`);
}
