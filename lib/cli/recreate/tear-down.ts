/** What there is to know before a table is deleted, and the deletion. */
import { addressesOf, readAddress, spaceOf } from '../address';
import { readRegistry } from '../cache-registry';
import { assertUnprotected } from '../commands/table-delete';
import { confirm } from '../confirmation';
import type { Context } from '../context';
import { countText } from '../figures';
import { placeOf } from '../place';
import { blueprintOf } from '../table-blueprint';
import { identityOf } from '../table-identity';
import { readTableSettings } from '../table-settings';
import type { Plan } from './plan';

/** Asks first. @throws what DynamoDB answers: nothing may be missing that could not be given back */
export async function makePlan(context: Context, options: { readonly yes?: boolean }): Promise<Plan> {
  const { connection, settings } = context;
  const found = await readTableSettings(connection, settings.table, true);
  assertUnprotected(found.description.DeletionProtectionEnabled, settings.table);
  const blueprint = blueprintOf(found);
  const items = countText(found.description.ItemCount ?? 0);
  await confirm(
    context,
    `Delete the table ${settings.table} with its ${items} items, and create it anew?`,
    options,
  );
  const registry = await readRegistry(connection, settings);
  const namespaces = [...new Set([spaceOf(settings), ...registry.names, ...(await someNamespaces(context))])];
  return {
    place: await placeOf(connection),
    identity: identityOf(found.description),
    blueprint,
    namespaces,
    registry: registry.item,
  };
}

/** @throws what DynamoDB answers; `isRefusal` then tells whether the table is as it was */
export async function deleteTable({ connection, settings }: Context): Promise<void> {
  try {
    await connection.send(({ client, sdk }, sending) =>
      client.send(new sdk.DeleteTableCommand({ TableName: settings.table }), sending),
    );
  } catch (error) {
    // It was there a moment ago: an attempt whose answer was lost has deleted it.
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return;
    throw error;
  }
}

/** Whether DynamoDB has done nothing. After a second attempt nobody knows what became of the first. */
export function isRefusal(error: unknown): boolean {
  const { $metadata } = (error ?? {}) as { $metadata?: { httpStatusCode?: number; attempts?: number } };
  return $metadata?.httpStatusCode === 400 && ($metadata.attempts ?? 1) === 1;
}

/** Namespaces in the first page of a scan: a megabyte of items. */
async function someNamespaces({ connection, settings }: Context): Promise<string[]> {
  const { partitionKey } = settings.layout;
  const page = await connection.send(({ client, sdk }, sending) =>
    client.send(
      new sdk.ScanCommand({
        TableName: settings.table,
        ProjectionExpression: '#pk',
        ExpressionAttributeNames: { '#pk': partitionKey },
      }),
      sending,
    ),
  );
  const addresses = (page.Items ?? []).map((item) => readAddress(item[partitionKey]?.S ?? ''));
  return addresses.flatMap((address) =>
    address && address.kind !== 'other' && isSpace(address.space) ? [address.space] : [],
  );
}

function isSpace(text: string): boolean {
  try {
    return Boolean(addressesOf(text));
  } catch {
    return false;
  }
}
