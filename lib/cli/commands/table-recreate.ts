/**
 * Deleting and creating a table costs nothing and takes seconds, whatever is in it. Two things must not get lost on the
 * way: the settings, which are in a file before anything is deleted, and evictions. A table that is new knows of none; so
 * the namespaces that are known get a new generation, and what was loaded before counts no more.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { addressesOf, readAddress, spaceOf } from '../address';
import { readRegistry, restoreRegistry } from '../cache-registry';
import { CliError, UsageError } from '../cli-error';
import { confirm } from '../confirmation';
import type { Context } from '../context';
import { EXIT, type ExitCode } from '../exit-code';
import { countText, durationText } from '../figures';
import { stampNamespace } from '../namespace-stamp';
import { type TableBlueprint, blueprintOf } from '../table-blueprint';
import { readTableSettings } from '../table-settings';
import { untilActive, untilGone } from '../table-waiting';
import { assertUnprotected } from './table-delete';

interface Options {
  readonly yes?: boolean;
  readonly from?: string;
  readonly settingsFile: string;
}

interface Plan {
  readonly blueprint: TableBlueprint;
  readonly namespaces: readonly string[];
  readonly registry: Record<string, AttributeValue> | undefined;
}

export async function run(context: Context, _args: readonly string[], options: Options): Promise<ExitCode> {
  const { output, settings } = context;
  const startedMs = performance.now();
  const file = options.from ?? options.settingsFile.replace('<table>', settings.table.replace(/^.*[:/]/, ''));
  const plan =
    options.from === undefined
      ? await tearDown(context, options, file)
      : await readPlan(file, settings.table);
  try {
    await build(context, plan);
  } catch (error) {
    const hint = `Its settings are in ${file}; go on with: dynamo-cache table recreate --table ${settings.table} --from ${file}`;
    const message = error instanceof Error ? error.message : String(error);
    throw new CliError(
      `The table ${settings.table} is not complete: ${message}`,
      hint,
      context.signal.aborted ? EXIT.interrupted : EXIT.failure,
      'INCOMPLETE',
      { cause: error },
    );
  }
  await rm(file, { force: true });
  const spent = performance.now() - startedMs;
  output.result(
    { table: settings.table, recreated: true, ms: Math.round(spent), namespaces: plan.namespaces },
    () =>
      `${settings.table} ${output.paint('green', 'recreated')} in ${durationText(spent)}, empty, with its settings.`,
  );
  return EXIT.ok;
}

async function tearDown(context: Context, options: Options, file: string): Promise<Plan> {
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
  const plan: Plan = { blueprint, namespaces, registry: registry.item };
  await savePlan(file, plan);
  try {
    await connection.send(({ client, sdk }, sending) =>
      client.send(new sdk.DeleteTableCommand({ TableName: settings.table }), sending),
    );
  } catch (error) {
    // Refused, so the table is there as it was; a plan that is left would be taken for one that was begun.
    if (isRefusal(error)) await rm(file, { force: true });
    throw error;
  }
  return plan;
}

// Never over the plan of a run that did not finish: it may be all that is left of a table's settings.
async function savePlan(file: string, plan: Plan): Promise<void> {
  try {
    await writeFile(file, `${JSON.stringify(plan, undefined, 2)}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new UsageError(
      `${file} holds the settings of a recreate that did not finish. Nothing was done.`,
      `Go on with it by --from ${file}, or remove the file if the table is as it should be.`,
    );
  }
}

function isRefusal(error: unknown): boolean {
  const { $metadata } = (error ?? {}) as { $metadata?: { httpStatusCode?: number } };
  return $metadata?.httpStatusCode === 400;
}

async function readPlan(file: string, table: string): Promise<Plan> {
  let plan: Plan;
  try {
    plan = JSON.parse(await readFile(file, 'utf8')) as Plan;
  } catch (error) {
    throw new UsageError(
      `--from: ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const name = (plan as Partial<Plan> | null)?.blueprint?.table.TableName;
  if (name !== undefined && (name === table || table.endsWith(`/${name}`))) return plan;
  throw new UsageError(`--from: ${file} is of the table ${name ?? '?'}, not of ${table}`);
}

/** Each step may have been done by a run before this one. */
async function build(context: Context, { blueprint, namespaces, registry }: Plan): Promise<void> {
  const { connection, settings } = context;
  const TableName = blueprint.table.TableName ?? settings.table;
  await unlessDone('ResourceInUseException', async () => {
    await untilGoneOrNew(context);
    await connection.send(({ client, sdk }, sending) =>
      client.send(new sdk.CreateTableCommand(blueprint.table), sending),
    );
  });
  await untilActive(context);
  const { ttlAttribute: AttributeName } = blueprint;
  if (AttributeName !== undefined) {
    const input = { TableName, TimeToLiveSpecification: { AttributeName, Enabled: true } };
    try {
      await connection.send(({ client, sdk }, sending) =>
        client.send(new sdk.UpdateTimeToLiveCommand(input), sending),
      );
    } catch (error) {
      if (!(await isTtlOn(context))) throw error;
    }
  }
  if (blueprint.pointInTimeRecovery) {
    const input = { TableName, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } };
    await connection.send(({ client, sdk }, sending) =>
      client.send(new sdk.UpdateContinuousBackupsCommand(input), sending),
    );
  }
  if (registry) await restoreRegistry(connection, settings, registry);
  for (const space of namespaces) await stampNamespace(connection, space);
}

async function isTtlOn({ connection, settings }: Context): Promise<boolean> {
  const { TimeToLiveDescription: ttl } = await connection.send(({ client, sdk }, sending) =>
    client.send(new sdk.DescribeTimeToLiveCommand({ TableName: settings.table }), sending),
  );
  return ttl?.TimeToLiveStatus === 'ENABLED' || ttl?.TimeToLiveStatus === 'ENABLING';
}

async function untilGoneOrNew(context: Context): Promise<void> {
  const { connection, settings } = context;
  const status = await connection
    .send(({ client, sdk }, sending) =>
      client.send(new sdk.DescribeTableCommand({ TableName: settings.table }), sending),
    )
    .then(
      ({ Table }) => Table?.TableStatus,
      () => undefined,
    );
  if (status === undefined || status === 'DELETING') await untilGone(context);
}

async function unlessDone(name: string, step: () => Promise<unknown>): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (!(error instanceof Error && error.name === name)) throw error;
  }
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
