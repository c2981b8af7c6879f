/** IAM policies that allow what is sent, and nothing else. */
import { type Purpose, actionsOf } from '../infra/operations';
import { type PolicyDocument, type Statement, fenceOf } from '../infra/permissions';

export interface Scope {
  readonly tableArn: string;
  /** The only one whose items may be touched: `shop` with all its versions, or `shop@2`. */
  readonly space: string | undefined;
}

export function policyFor(purposes: readonly Purpose[], scope: Scope): PolicyDocument {
  const items = actionsOf(purposes, 'items');
  const table = [
    ...actionsOf(purposes, 'table'),
    // CreateTable with tags needs it besides.
    ...(purposes.includes('operator') ? ['dynamodb:TagResource'] : []),
  ];
  const stream = actionsOf(purposes, 'stream');
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

function some(statement: Statement): readonly Statement[] {
  return statement.Action.length > 0 ? [statement] : [];
}
