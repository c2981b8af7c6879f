/** IAM policies that allow what is sent, and nothing else. */
import { startsOf } from './address';
import { OPERATIONS, type Operation, type Purpose } from './operations';

export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: string;
  readonly Condition?: object;
}

export interface Policy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

export interface Scope {
  readonly tableArn: string;
  /** The only one whose items may be touched: `shop` with all its versions, or `shop@2`. */
  readonly space: string | undefined;
}

export function policyFor(purposes: readonly Purpose[], scope: Scope): Policy {
  const wanted = OPERATIONS.filter((operation) =>
    operation.purposes.some((purpose) => purposes.includes(purpose)),
  );
  const on = (place: Operation['on']) => wanted.filter((operation) => operation.on === place).map(actionOf);
  const items = on('items');
  const table = [
    ...on('table'),
    // CreateTable with tags needs it besides.
    ...(purposes.includes('operator') ? ['dynamodb:TagResource'] : []),
  ];
  const stream = on('stream');
  const fence = scope.space !== undefined && fenceOf(scope.space);
  const statements: Statement[] = [
    ...some({
      Sid: 'CacheItems',
      Effect: 'Allow',
      Action: items,
      Resource: scope.tableArn,
      ...(fence && { Condition: fence }),
    }),
    ...some({ Sid: 'CacheTable', Effect: 'Allow', Action: table, Resource: scope.tableArn }),
    ...some({ Sid: 'CacheStream', Effect: 'Allow', Action: stream, Resource: `${scope.tableArn}/stream/*` }),
  ];
  return { Version: '2012-10-17', Statement: statements };
}

function actionOf({ name, permission = name }: Operation): string {
  return `dynamodb:${permission}`;
}

function some(statement: Statement): readonly Statement[] {
  return statement.Action.length > 0 ? [statement] : [];
}

// Everything of a namespace starts with its name: entries, stamps and leases. `Null` refuses a request that names no key,
// which ForAllValues alone would let through.
function fenceOf(space: string): object {
  return {
    'ForAllValues:StringLike': {
      'dynamodb:LeadingKeys': startsOf(space).map((start) => `${literal(start)}*`),
    },
    Null: { 'dynamodb:LeadingKeys': 'false' },
  };
}

// In a policy `*`, `?` and `${` have a meaning.
function literal(text: string): string {
  return text.replace(/[*?$]/g, (sign) => `\${${sign}}`);
}
