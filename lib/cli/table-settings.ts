/** Everything about a table that DescribeTable tells, and the four things it does not. */
import type { TableDescription, Tag } from '@aws-sdk/client-dynamodb';
import { CliError } from './cli-error';
import type { TableConnection } from './connection';
import { EXIT } from './exit-code';
import { isArn, nameOfTable } from './table-reference';

export interface TableSettings {
  readonly description: TableDescription;
  readonly ttl: { readonly status: string; readonly attribute: string | undefined };
  /** Undefined where the engine has no such thing, or these credentials may not ask. */
  readonly pointInTimeRecovery: boolean | undefined;
  readonly tags: readonly Tag[] | undefined;
}

/**
 * @param isComplete whether nothing may be missing that these credentials may not ask for
 * @throws the SDK's error when there is no table
 */
export async function readTableSettings(
  connection: TableConnection,
  table: string,
  isComplete = false,
): Promise<TableSettings> {
  const ifItCan = <T>(asking: Promise<T>) => unlessUnknown(asking, isComplete);
  const description = await describeOwnTable(connection, table);
  const arn = description.TableArn ?? table;
  const [ttl, backups, tags] = await Promise.all([
    connection.send(({ client, sdk }, options) =>
      client.send(new sdk.DescribeTimeToLiveCommand({ TableName: table }), options),
    ),
    ifItCan(
      connection.send(({ client, sdk }, options) =>
        client.send(new sdk.DescribeContinuousBackupsCommand({ TableName: table }), options),
      ),
    ),
    ifItCan(readTags(connection, arn)),
  ]);
  const { TimeToLiveStatus: status = 'DISABLED', AttributeName: attribute } = ttl.TimeToLiveDescription ?? {};
  const recovery = backups?.ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
  return {
    description,
    ttl: { status, attribute },
    pointInTimeRecovery: backups && recovery?.PointInTimeRecoveryStatus === 'ENABLED',
    tags,
  };
}

export async function describeTable(connection: TableConnection, table: string): Promise<TableDescription> {
  const { Table: description } = await connection.send(({ client, sdk }, options) =>
    client.send(new sdk.DescribeTableCommand({ TableName: table }), options),
  );
  if (description) return description;
  throw new Error(`DynamoDB has told nothing about the table ${table}`);
}

/**
 * For what reaches tables of these credentials' own account only, wherever an ARN points: TTL, backups, PartiQL.
 *
 * @throws CliError when the table is of another account
 */
export async function describeOwnTable(
  connection: TableConnection,
  table: string,
): Promise<TableDescription> {
  const description = await describeTable(connection, table);
  if (!isArn(table)) return description;
  const name = nameOfTable(table);
  const own = await unlessForeign(describeTable(connection, name));
  if (own?.TableArn === description.TableArn) return description;
  throw new CliError(
    `The table ${table} is of another account; DynamoDB lets accounts share items, and not settings, TTL or PartiQL.`,
    'Use credentials of that account: --profile.',
    EXIT.failure,
    'OTHER_ACCOUNT',
  );
}

// Where the table is one's own, who may describe it by its ARN may describe it by its name.
async function unlessForeign(asking: Promise<TableDescription>): Promise<TableDescription | undefined> {
  try {
    return await asking;
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (name === 'ResourceNotFoundException' || name === 'AccessDeniedException') return undefined;
    throw error;
  }
}

export async function readTags(connection: TableConnection, arn: string): Promise<Tag[]> {
  const tags: Tag[] = [];
  let next: string | undefined;
  do {
    const NextToken = next;
    const page = await connection.send(({ client, sdk }, options) =>
      client.send(
        new sdk.ListTagsOfResourceCommand({
          ResourceArn: arn,
          ...(NextToken !== undefined && { NextToken }),
        }),
        options,
      ),
    );
    tags.push(...(page.Tags ?? []));
    next = page.NextToken;
  } while (next !== undefined);
  return tags;
}

// Engines for development lack some of it, and not everybody may ask.
async function unlessUnknown<T>(asking: Promise<T>, isComplete: boolean): Promise<T | undefined> {
  try {
    return await asking;
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (/UnknownOperation|NotImplemented|Validation/.test(name)) return undefined;
    if (!isComplete && name.startsWith('AccessDenied')) return undefined;
    throw error;
  }
}
