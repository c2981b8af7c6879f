/**
 * Tries the operations on items, one by one, and changes nothing: they are of a key at which nothing ever stands, and what
 * writes does so on a condition that cannot hold. DynamoDB judges the permission before the condition.
 */
import { randomUUID } from 'node:crypto';
import { packKey, packTombstone } from '../../dynamodb/item';
import { FIXED } from '../../dynamodb/layout';
import { newTombstone } from '../../tiers/entry';
import { spaceOf } from '../address';
import type { Context } from '../context';
import type { Finding } from '../finding';
import { deleteStatement } from '../table-reference';
import { type Trial, tryOut } from './trial';

/** @throws the SDK's error when there is no table */
export async function tryItems(context: Pick<Context, 'connection' | 'settings'>): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const trial of [...reads(context), ...writes(context)])
    findings.push((await tryOut(trial, context.settings.table)).finding);
  return findings;
}

type Subject = Pick<Context, 'connection' | 'settings'>;

function addressOf({ settings }: Subject): string {
  return `${spaceOf(settings)}#~doctor`;
}

function reads(subject: Subject): Trial<unknown>[] {
  const { connection, settings } = subject;
  const TableName = settings.table;
  const Key = packKey(addressOf(subject), settings.layout);
  return [
    {
      action: 'GetItem',
      use: 'lone reads',
      send: () =>
        connection.send(({ client, sdk }, o) => client.send(new sdk.GetItemCommand({ TableName, Key }), o)),
    },
    {
      action: 'BatchGetItem',
      use: 'reads of several keys at once',
      send: () =>
        connection.send(({ client, sdk }, o) =>
          client.send(new sdk.BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: [Key] } } }), o),
        ),
    },
    {
      action: 'Scan',
      use: 'clearPrefix, keys, stats and flush',
      send: () =>
        connection.send(({ client, sdk }, o) => client.send(new sdk.ScanCommand({ TableName, Limit: 1 }), o)),
    },
  ];
}

function writes(subject: Subject): Trial<unknown>[] {
  const { connection, settings } = subject;
  const { table: TableName, layout } = settings;
  const address = addressOf(subject);
  const Key = packKey(address, layout);
  const never = { S: randomUUID() };
  const condition = {
    ConditionExpression: '#ver = :never',
    ExpressionAttributeNames: { '#ver': FIXED.version },
    ExpressionAttributeValues: { ':never': never },
  };
  const provenBy = ['ConditionalCheckFailedException'];
  const names = [...Object.keys(Key), FIXED.version];
  const statement = {
    Statement: deleteStatement(TableName, names),
    Parameters: [...Object.values(Key), never],
  };
  return [
    {
      action: 'PutItem',
      use: 'fills, puts and evictions',
      provenBy,
      send: () => {
        const Item = packTombstone(address, newTombstone(Date.now()), layout);
        return connection.send(({ client, sdk }, o) =>
          client.send(new sdk.PutItemCommand({ TableName, Item, ...condition }), o),
        );
      },
    },
    {
      action: 'BatchWriteItem',
      use: 'puts of several keys at once, and clearPrefix',
      // It knows no conditions, so it deletes what is not there.
      send: () =>
        connection.send(({ client, sdk }, o) =>
          client.send(
            new sdk.BatchWriteItemCommand({ RequestItems: { [TableName]: [{ DeleteRequest: { Key } }] } }),
            o,
          ),
        ),
    },
    {
      action: 'UpdateItem',
      use: 'the list of caches',
      provenBy,
      send: () => {
        const ExpressionAttributeNames = { ...condition.ExpressionAttributeNames, '#v': layout.value };
        const change = { UpdateExpression: 'REMOVE #v', ...condition, ExpressionAttributeNames };
        return connection.send(({ client, sdk }, o) =>
          client.send(new sdk.UpdateItemCommand({ TableName, Key, ...change }), o),
        );
      },
    },
    {
      action: 'DeleteItem',
      use: 'deletions of single items',
      provenBy,
      send: () =>
        connection.send(({ client, sdk }, o) =>
          client.send(new sdk.DeleteItemCommand({ TableName, Key, ...condition }), o),
        ),
    },
    {
      action: 'PartiQLDelete',
      use: 'flush',
      send: () =>
        connection.send(({ client, sdk }, o) =>
          client.send(new sdk.BatchExecuteStatementCommand({ Statements: [statement] }), o),
        ),
    },
  ];
}
