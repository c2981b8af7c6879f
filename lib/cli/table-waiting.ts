import { setTimeout as wait } from 'node:timers/promises';
import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { CliError } from './cli-error';
import type { Context } from './context';
import { durationText } from './figures';
import { identityOf } from './table-identity';
import { describeTable } from './table-settings';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;
const PATIENCE_MS = 10 * 60_000;

/**
 * Waits until the table can be used, and says so where somebody watches.
 *
 * @param before the identity of a table that was deleted: DescribeTable may still tell of that one
 */
export function untilActive(context: Context, before?: string): Promise<TableDescription | undefined> {
  return untilTable(
    context,
    'is being created',
    (table) => table?.TableStatus === 'ACTIVE' && indexesAreReady(table) && !isThe(table, before),
  );
}

/**
 * Waits until the table is gone. Right after a deletion DescribeTable may show it as if nothing had happened.
 *
 * @returns undefined, or the table that somebody else has made in its place
 */
export function untilGone(context: Context, identity?: string): Promise<TableDescription | undefined> {
  return untilTable(
    context,
    'is being deleted',
    (table) =>
      table === undefined ||
      (identity !== undefined && table.TableStatus !== 'DELETING' && !isThe(table, identity)),
  );
}

async function untilTable(
  { connection, settings, output, io, signal }: Context,
  what: string,
  isDone: (table: TableDescription | undefined) => boolean,
): Promise<TableDescription | undefined> {
  const startedMs = performance.now();
  const isWatched = io.stderr.isTTY === true && !output.isJson;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
    const table = await describeIfThere(connection, settings.table);
    const spentMs = performance.now() - startedMs;
    if (isDone(table)) {
      if (isWatched) io.stderr.write('\r\u001b[K');
      return table;
    }
    if (spentMs > PATIENCE_MS)
      throw new CliError(
        `The table ${settings.table} still ${what} after ${durationText(spentMs)}.`,
        'dynamo-cache table describe shows how it stands.',
      );
    if (isWatched) io.stderr.write(`\r\u001b[K${settings.table} ${what} … ${durationText(spentMs)}`);
    await wait(pauseMs, undefined, { signal });
  }
}

/** @returns undefined when there is none */
export async function describeIfThere(
  connection: Context['connection'],
  table: string,
): Promise<TableDescription | undefined> {
  try {
    return await describeTable(connection, table);
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

function isThe(table: TableDescription, identity: string | undefined): boolean {
  return identity !== undefined && identityOf(table) === identity;
}

function indexesAreReady({ GlobalSecondaryIndexes: indexes = [] }: TableDescription): boolean {
  return indexes.every(({ IndexStatus }) => IndexStatus === undefined || IndexStatus === 'ACTIVE');
}
