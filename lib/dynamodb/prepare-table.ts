/**
 * `createTable: true`: creates the table on demand and with TTL, or checks the one that exists. A table of another
 * shape is an error at start-up, because no call could ever be cached in it.
 */
import type { KeySchemaElement, TableDescription } from '@aws-sdk/client-dynamodb';
import { setTimeout as wait } from 'node:timers/promises';
import type { ResolvedLayout } from './layout';
import type { Table } from './table';
import { TableSchemaError } from './table-schema-error';

const POLL_MS = 50;
const PATIENCE_MS = 60_000;

/**
 * @throws TableSchemaError when the table has other keys
 * @throws the SDK's error when DynamoDB cannot be reached
 */
export async function prepareTable(table: Table): Promise<void> {
  const description = (await describe(table)) ?? (await create(table));
  assertKeys(await untilUsable(table, description), table);
  await switchTtlOn(table);
}

async function describe(table: Table): Promise<TableDescription | undefined> {
  try {
    const { Table: description } = await table.administer(({ client, sdk }, options) =>
      client.send(new sdk.DescribeTableCommand({ TableName: table.name }), options),
    );
    return description;
  } catch (error) {
    if (isNamed(error, 'ResourceNotFoundException')) return undefined;
    throw error;
  }
}

async function create(table: Table): Promise<TableDescription | undefined> {
  const keys = keySchema(table.layout);
  try {
    const { TableDescription: created } = await table.administer(({ client, sdk }, options) =>
      client.send(
        new sdk.CreateTableCommand({
          TableName: table.name,
          BillingMode: 'PAY_PER_REQUEST',
          KeySchema: keys,
          AttributeDefinitions: keys.map(({ AttributeName }) => ({ AttributeName, AttributeType: 'S' })),
        }),
        options,
      ),
    );
    return created;
  } catch (error) {
    // Another process of the same deployment was first.
    if (!isNamed(error, 'ResourceInUseException')) throw error;
    return describe(table);
  }
}

export function keySchema({ partitionKey, sortKey }: ResolvedLayout): KeySchemaElement[] {
  const hash = { AttributeName: partitionKey, KeyType: 'HASH' as const };
  return sortKey === undefined ? [hash] : [hash, { AttributeName: sortKey, KeyType: 'RANGE' }];
}

function assertKeys(description: TableDescription, { name, layout }: Table): void {
  const wanted = keySchema(layout).map((key) => `${key.AttributeName ?? ''} (${key.KeyType ?? ''}, S)`);
  const types = new Map(description.AttributeDefinitions?.map((a) => [a.AttributeName, a.AttributeType]));
  const found = (description.KeySchema ?? []).map(
    ({ AttributeName, KeyType }) =>
      `${AttributeName ?? ''} (${KeyType ?? ''}, ${types.get(AttributeName) ?? ''})`,
  );
  if (found.join() === wanted.join()) return;
  throw new TableSchemaError(
    name,
    `its keys are ${found.join(', ')}, and ${wanted.join(', ')} are needed. Name them in the "layout" option, or use another table`,
  );
}

// A table that has just been created may not be visible yet, either. One that is being updated can be used.
async function untilUsable(table: Table, first: TableDescription | undefined): Promise<TableDescription> {
  let description = first;
  for (const giveUpAt = performance.now() + PATIENCE_MS; !isUsable(description);) {
    if (performance.now() > giveUpAt) throw new Error(`the table ${table.name} is still being created`);
    await wait(POLL_MS);
    description = await describe(table);
  }
  return description;
}

function isUsable(description: TableDescription | undefined): description is TableDescription {
  return description !== undefined && description.TableStatus !== 'CREATING';
}

async function switchTtlOn(table: Table): Promise<void> {
  // One UpdateTimeToLive per table and hour is allowed, so the state is asked for first.
  if (await isTtlOn(table)) return;
  const { name: TableName, layout } = table;
  const TimeToLiveSpecification = { AttributeName: layout.ttl, Enabled: true };
  try {
    await table.administer(({ client, sdk }, options) =>
      client.send(new sdk.UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }), options),
    );
  } catch (error) {
    // dynalite has no TTL.
    if (isNamed(error, 'UnknownOperationException')) return;
    // Another process may have switched it on at the same moment.
    if (!isNamed(error, 'ValidationException') || !(await isTtlOn(table))) throw error;
  }
}

async function isTtlOn(table: Table): Promise<boolean> {
  const { name: TableName, layout } = table;
  const { TimeToLiveDescription: ttl } = await table.administer(({ client, sdk }, options) =>
    client.send(new sdk.DescribeTimeToLiveCommand({ TableName }), options),
  );
  const isOn = ttl?.TimeToLiveStatus === 'ENABLED' || ttl?.TimeToLiveStatus === 'ENABLING';
  if (isOn && ttl.AttributeName !== layout.ttl) {
    throw new TableSchemaError(
      TableName,
      `its TTL attribute is "${ttl.AttributeName ?? ''}", and the layout says "${layout.ttl}"`,
    );
  }
  return isOn;
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
