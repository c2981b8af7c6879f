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
  assertKeys(description, table);
  await waitUntilActive(table, description);
  await switchTtlOn(table);
}

async function describe(table: Table): Promise<TableDescription | undefined> {
  try {
    const { Table: description } = await table.administer(({ client, sdk }) =>
      client.send(new sdk.DescribeTableCommand({ TableName: table.name }), requestOptions()),
    );
    return description;
  } catch (error) {
    if (isNamed(error, 'ResourceNotFoundException')) return undefined;
    throw error;
  }
}

async function create(table: Table): Promise<TableDescription> {
  const keys = keySchema(table.layout);
  try {
    const { TableDescription: created } = await table.administer(({ client, sdk }) =>
      client.send(
        new sdk.CreateTableCommand({
          TableName: table.name,
          BillingMode: 'PAY_PER_REQUEST',
          KeySchema: keys,
          AttributeDefinitions: keys.map(({ AttributeName }) => ({ AttributeName, AttributeType: 'S' })),
        }),
        requestOptions(),
      ),
    );
    return created ?? {};
  } catch (error) {
    // Another process of the same deployment was first.
    const other = isNamed(error, 'ResourceInUseException') ? await describe(table) : undefined;
    if (!other) throw error;
    return other;
  }
}

function keySchema({ partitionKey, sortKey }: ResolvedLayout): KeySchemaElement[] {
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
  if (found.length === 0 || found.join() === wanted.join()) return;
  throw new TableSchemaError(
    name,
    `its keys are ${found.join(', ')}, and ${wanted.join(', ')} are needed. Name them in the "layout" option, or use another table`,
  );
}

async function waitUntilActive(table: Table, description: TableDescription): Promise<void> {
  let status = description.TableStatus;
  for (const giveUpAt = performance.now() + PATIENCE_MS; status !== 'ACTIVE';) {
    if (performance.now() > giveUpAt)
      throw new TableSchemaError(table.name, `it is still ${status ?? 'unknown'}`);
    await wait(POLL_MS);
    status = (await describe(table))?.TableStatus;
  }
}

// One UpdateTimeToLive per table and hour is allowed, so the state is asked for first.
async function switchTtlOn(table: Table): Promise<void> {
  const { name: TableName, layout } = table;
  try {
    const { TimeToLiveDescription: ttl } = await table.administer(({ client, sdk }) =>
      client.send(new sdk.DescribeTimeToLiveCommand({ TableName }), requestOptions()),
    );
    const isOn = ttl?.TimeToLiveStatus === 'ENABLED' || ttl?.TimeToLiveStatus === 'ENABLING';
    if (isOn && ttl.AttributeName !== layout.ttl) {
      throw new TableSchemaError(
        TableName,
        `its TTL attribute is "${ttl.AttributeName ?? ''}", and the layout says "${layout.ttl}"`,
      );
    }
    if (isOn) return;
    const TimeToLiveSpecification = { AttributeName: layout.ttl, Enabled: true };
    await table.administer(({ client, sdk }) =>
      client.send(new sdk.UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }), requestOptions()),
    );
  } catch (error) {
    // dynalite has no TTL; and another process may have switched it on at the same moment.
    if (!isNamed(error, 'UnknownOperationException') && !isNamed(error, 'ValidationException')) throw error;
  }
}

function requestOptions(): { abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(10_000) };
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
