/**
 * Deletes items, 25 a request, each only while the version stands that was seen. BatchWriteItem would delete whatever
 * stands there by then, such as the mark that an eviction has left meanwhile, or a value that was put; and without the mark
 * a slow load could write back what was evicted. PartiQL has batches of conditional deletes, at the same price.
 */
import type { AttributeValue, BatchStatementRequest } from '@aws-sdk/client-dynamodb';
import { backOff } from '../../dynamodb/back-off';
import { packKey } from '../../dynamodb/item';
import { FIXED } from '../../dynamodb/layout';
import type { TableConnection } from '../connection';
import type { Settings } from '../settings';
import { deleteStatement } from '../table-reference';

export const MAX_BATCH = 25;

export interface Doomed {
  readonly partitionKey: string;
  readonly version: string;
}

export interface DeleteOutcome {
  readonly deleted: number;
  /** Not deleted: something else stood there by then. */
  readonly changed: number;
  readonly requests: number;
  readonly units: number;
}

// What passes; everything else will not.
const PASSING = new Set([
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
  'RequestLimitExceeded',
  'InternalServerError',
  'TransactionConflict',
]);

/** @throws the SDK's error, or one of a statement that no repetition mends */
export async function deleteUnchanged(
  items: readonly Doomed[],
  connection: TableConnection,
  settings: Settings,
  signal: AbortSignal,
): Promise<DeleteOutcome> {
  let waiting: readonly BatchStatementRequest[] = items.map((item) => statementOf(item, settings));
  const outcome = { deleted: 0, changed: 0, requests: 0, units: 0 };
  for (let attempt = 1; waiting.length > 0; attempt++) {
    if (attempt > 1) await backOff(attempt, signal);
    const Statements = [...waiting];
    const { Responses = [], ConsumedCapacity = [] } = await connection.send(({ client, sdk }, options) =>
      client.send(
        new sdk.BatchExecuteStatementCommand({ Statements, ReturnConsumedCapacity: 'TOTAL' }),
        options,
      ),
    );
    outcome.requests++;
    outcome.units += ConsumedCapacity.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
    const again: BatchStatementRequest[] = [];
    for (const [i, statement] of Statements.entries()) {
      const error = Responses[i]?.Error;
      if (!error) outcome.deleted++;
      else if (error.Code === 'ConditionalCheckFailed') outcome.changed++;
      else if (PASSING.has(error.Code ?? '')) again.push(statement);
      else throw named(error.Code ?? 'UnknownError', error.Message ?? '');
    }
    waiting = again;
  }
  return outcome;
}

function statementOf({ partitionKey, version }: Doomed, { table, layout }: Settings): BatchStatementRequest {
  const key = packKey(partitionKey, layout);
  const conditions: Record<string, AttributeValue> = { ...key, [FIXED.version]: { S: version } };
  return {
    Statement: deleteStatement(table, Object.keys(conditions)),
    Parameters: Object.values(conditions),
  };
}

// Statements have codes where requests have exceptions: AccessDenied, AccessDeniedException.
function named(code: string, message: string): Error {
  const error = new Error(message);
  error.name = `${code.replace(/(Error|Exception)$/, '')}Exception`;
  return error;
}
