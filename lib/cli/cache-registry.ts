/**
 * Named caches: namespaces with a default TTL, registered in one item of the table. Its key starts with `~`, as no
 * namespace does, so no application meets it, and no policy that is fenced to a namespace can reach it.
 */
import type { AttributeValue, UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { packKey } from '../dynamodb/item';
import { AbsentError, CliError } from './cli-error';
import type { TableConnection } from './connection';
import { EXIT } from './exit-code';
import type { Settings } from './settings';

const REGISTRY_KEY = '~caches';

export interface NamedCache {
  readonly name: string;
  readonly ttlMs: number;
  readonly createdAtMs: number;
}

interface Registry {
  readonly item: Record<string, AttributeValue> | undefined;
  readonly caches: readonly NamedCache[];
  readonly names: readonly string[];
}

export async function readRegistry(connection: TableConnection, settings: Settings): Promise<Registry> {
  const { Item: item } = await connection.send(({ client, sdk }, options) =>
    client.send(
      new sdk.GetItemCommand({ TableName: settings.table, Key: keyOf(settings), ConsistentRead: true }),
      options,
    ),
  );
  const caches = Object.entries(item ?? {}).flatMap(([attribute, value]) => {
    if (!attribute.startsWith(PREFIX)) return [];
    const ttlMs = Number(value.M?.ttl?.N);
    const createdAtMs = Number(value.M?.at?.N);
    return Number.isFinite(ttlMs) ? [{ name: attribute.slice(PREFIX.length), ttlMs, createdAtMs }] : [];
  });
  caches.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { item, caches, names: caches.map(({ name }) => name) };
}

/** @throws CliError when there is one of this name */
export async function registerCache(
  connection: TableConnection,
  settings: Settings,
  cache: NamedCache,
): Promise<void> {
  const value: AttributeValue = {
    M: { ttl: { N: String(cache.ttlMs) }, at: { N: String(cache.createdAtMs) } },
  };
  const update = {
    UpdateExpression: 'SET #cache = :cache',
    // After a response that was lost it stands there already, as it was sent.
    ConditionExpression: 'attribute_not_exists(#cache) OR #cache = :cache',
    ExpressionAttributeValues: { ':cache': value },
  };
  const isThere = new CliError(
    `There is a cache ${cache.name} already.`,
    'dynamo-cache cache list shows it.',
    EXIT.failure,
    'EXISTS',
  );
  await change(connection, settings, cache.name, update, isThere);
}

/** @throws AbsentError when there is none of this name */
export async function unregisterCache(
  connection: TableConnection,
  settings: Settings,
  name: string,
): Promise<void> {
  const update = { UpdateExpression: 'REMOVE #cache', ConditionExpression: 'attribute_exists(#cache)' };
  const isAbsent = new AbsentError(
    `There is no cache ${name}.`,
    'dynamo-cache cache list shows those that there are.',
  );
  await change(connection, settings, name, update, isAbsent);
}

/** Puts back what `readRegistry` read. */
export async function restoreRegistry(
  connection: TableConnection,
  settings: Settings,
  item: Record<string, AttributeValue>,
): Promise<void> {
  await connection.send(({ client, sdk }, options) =>
    client.send(new sdk.PutItemCommand({ TableName: settings.table, Item: item }), options),
  );
}

// Attributes of their own, so that two who register at once do not undo each other.
const PREFIX = 'cache:';

function keyOf({ layout }: Settings): Record<string, AttributeValue> {
  return packKey(REGISTRY_KEY, layout);
}

/** @param update of the attribute `#cache` */
async function change(
  connection: TableConnection,
  settings: Settings,
  name: string,
  update: Omit<UpdateItemCommandInput, 'TableName' | 'Key'>,
  refused: CliError,
): Promise<void> {
  const input = {
    TableName: settings.table,
    Key: keyOf(settings),
    ExpressionAttributeNames: { '#cache': PREFIX + name },
    ...update,
  };
  try {
    await connection.send(({ client, sdk }, options) =>
      client.send(new sdk.UpdateItemCommand(input), options),
    );
  } catch (error) {
    if (error instanceof Error && error.name === 'ConditionalCheckFailedException') throw refused;
    throw error;
  }
}
