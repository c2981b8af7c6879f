/** Tries the operations that the cache and this command line send, one by one, on an item of the doctor's own. */
import { packKey, packTombstone } from '../dynamodb/item';
import { newTombstone } from '../tiers/entry';
import { spaceOf } from './address';
import type { TableConnection } from './connection';
import { readDenial } from './denial';
import type { Finding } from './finding';
import type { Settings } from './settings';
import { deleteStatement } from './table-reference';

interface Attempt {
  readonly action: string;
  /** What fails without it. */
  readonly use: string;
  readonly isNeeded: boolean;
  readonly send: () => Promise<unknown>;
}

export async function checkPermissions(connection: TableConnection, settings: Settings): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const attempt of attempts(connection, settings)) findings.push(await judge(attempt, settings));
  return findings;
}

function attempts(
  connection: TableConnection,
  { table: TableName, layout, ...settings }: Settings,
): Attempt[] {
  const address = `${spaceOf(settings)}#~doctor`;
  const Key = packKey(address, layout);
  const item = () =>
    packTombstone(address, { ...newTombstone(Date.now()), endsAtMs: Date.now() + 60_000 }, layout);
  const names = Object.keys(Key);
  const statement = {
    Statement: deleteStatement(TableName, names),
    Parameters: names.flatMap((name) => Key[name] ?? []),
  };
  return [
    {
      action: 'GetItem',
      use: 'lone reads',
      isNeeded: true,
      send: () =>
        connection.send(({ client, sdk }, o) => client.send(new sdk.GetItemCommand({ TableName, Key }), o)),
    },
    {
      action: 'BatchGetItem',
      use: 'reads of several keys at once',
      isNeeded: true,
      send: () =>
        connection.send(({ client, sdk }, o) =>
          client.send(new sdk.BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: [Key] } } }), o),
        ),
    },
    {
      action: 'PutItem',
      use: 'fills, puts and evictions',
      isNeeded: true,
      send: () =>
        connection.send(({ client, sdk }, o) =>
          client.send(new sdk.PutItemCommand({ TableName, Item: item() }), o),
        ),
    },
    {
      action: 'BatchWriteItem',
      use: 'clearPrefix',
      isNeeded: false,
      send: () =>
        connection.send(({ client, sdk }, o) =>
          client.send(
            new sdk.BatchWriteItemCommand({
              RequestItems: { [TableName]: [{ PutRequest: { Item: item() } }] },
            }),
            o,
          ),
        ),
    },
    {
      action: 'Scan',
      use: 'clearPrefix, keys, stats and flush',
      isNeeded: false,
      send: () =>
        connection.send(({ client, sdk }, o) => client.send(new sdk.ScanCommand({ TableName, Limit: 1 }), o)),
    },
    {
      action: 'PartiQLDelete',
      use: 'flush',
      isNeeded: false,
      send: () =>
        connection.send(({ client, sdk }, o) =>
          client.send(new sdk.BatchExecuteStatementCommand({ Statements: [statement] }), o),
        ),
    },
    {
      action: 'DeleteItem',
      use: 'the doctor, to remove its item',
      isNeeded: false,
      send: () =>
        connection.send(({ client, sdk }, o) =>
          client.send(new sdk.DeleteItemCommand({ TableName, Key }), o),
        ),
    },
  ];
}

async function judge({ action, use, isNeeded, send }: Attempt, { table }: Settings): Promise<Finding> {
  const check = `dynamodb:${action}`;
  try {
    const answer = await send();
    const denied = deniedInside(answer);
    if (denied === undefined) return { check, verdict: 'ok', message: `permitted (${use})` };
    return refusal(check, use, isNeeded, denied, table);
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    if (name === 'AccessDeniedException') return refusal(check, use, isNeeded, message, table);
    return { check, verdict: 'unknown', message: `could not be tried: ${name}: ${message}` };
  }
}

function refusal(check: string, use: string, isNeeded: boolean, message: string, table: string): Finding {
  const { resource = table } = readDenial(message);
  return {
    check,
    verdict: isNeeded ? 'wrong' : 'advice',
    message: `not permitted on ${resource}: ${use} ${isNeeded ? 'fail' : 'fail with these credentials'}`,
    fix: `dynamo-cache iam ${isNeeded ? '--runtime' : '--operator'} --table ${table}`,
  };
}

// A batch of statements answers for each of them.
function deniedInside(answer: unknown): string | undefined {
  const { Responses } = (answer ?? {}) as { Responses?: unknown };
  if (!Array.isArray(Responses)) return undefined;
  const errors = (Responses as { Error?: { Code?: string; Message?: string } }[]).map(
    ({ Error: error }) => error,
  );
  return errors.find((error) => error?.Code === 'AccessDenied')?.Message;
}
