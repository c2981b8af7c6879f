/**
 * Deleting and creating a table costs nothing and takes seconds, whatever is in it. Two things must not get lost on the
 * way: the settings, which are in a file before anything is deleted, and evictions. A table that is new knows of none; so
 * the namespaces that are known get a new generation, and what was loaded before counts no more.
 */
import { CliError, UsageError } from '../cli-error';
import type { Context } from '../context';
import { EXIT, type ExitCode } from '../exit-code';
import { explain } from '../failures';
import { durationText } from '../figures';
import { assertSamePlace, placeOf, sameTable, shellWord } from '../place';
import { build } from '../recreate/build';
import { differencesFrom } from '../recreate/likeness';
import { type Plan, forgetPlan, readPlan, savePlan } from '../recreate/plan';
import { deleteTable, isRefusal, makePlan } from '../recreate/tear-down';
import { identityOf } from '../table-identity';
import { nameOfTable } from '../table-reference';
import { describeIfThere } from '../table-waiting';

interface Options {
  readonly yes?: boolean;
  readonly from?: string;
  readonly settingsFile: string;
}

export async function run(context: Context, _args: readonly string[], options: Options): Promise<ExitCode> {
  const { output, settings } = context;
  const { table } = settings;
  const startedMs = performance.now();
  const file = options.from ?? options.settingsFile.replace('<table>', nameOfTable(table));
  const plan =
    options.from === undefined ? await tearDown(context, options, file) : await resume(context, file);
  const made = await build(context, plan).catch((error: unknown) => {
    throw unfinished(context, file, error, `The table ${table} is not complete`);
  });
  const differences = made ? differencesFrom(plan.blueprint, made) : [];
  if (differences.length > 0)
    throw new CliError(
      `Something else has created the table ${table} meanwhile, an application with createTable: true perhaps. It is empty, and not as it was: ${differences.join(', ')}.`,
      `Its settings are in ${file}. Mend it by hand, or delete it and go on with: ${again(context, file)}`,
      EXIT.failure,
      'OTHER_SETTINGS',
    );
  if (!(await forgetPlan(file))) output.note(`${file} is of no more use, and could not be removed.`);
  const spent = performance.now() - startedMs;
  output.result(
    { table, recreated: true, ms: Math.round(spent), namespaces: plan.namespaces },
    () =>
      `${table} ${output.paint('green', 'recreated')} in ${durationText(spent)}, empty, with its settings.`,
  );
  return EXIT.ok;
}

async function tearDown(context: Context, options: Options, file: string): Promise<Plan> {
  const { table } = context.settings;
  const plan = await makePlan(context, options);
  await savePlan(file, plan);
  try {
    await deleteTable(context);
  } catch (error) {
    if (!isRefusal(error))
      throw unfinished(context, file, error, `Nobody knows whether the table ${table} was deleted`);
    // The table is there as it was; a plan that is left would be taken for one that was begun.
    await forgetPlan(file);
    throw error;
  }
  return plan;
}

/** @throws UsageError when the table is still the one that was to be deleted: everything in it would stay */
async function resume(context: Context, file: string): Promise<Plan> {
  const { connection, settings } = context;
  const plan = await readPlan(file, settings.table);
  const there = await describeIfThere(connection, settings.table);
  assertSamePlace('from', file, plan.place, await placeOf(connection));
  const isThere = there !== undefined && there.TableStatus !== 'DELETING';
  if (isThere && identityOf(there) === plan.identity)
    throw new UsageError(
      `--from: the table ${settings.table} was never deleted: it is still the one whose settings are in ${file}. Nothing was done.`,
      `To empty it, remove the file and run it without --from. Was it deleted a moment ago? Then try again in a minute.`,
    );
  return plan;
}

function unfinished(context: Context, file: string, error: unknown, what: string): CliError {
  const { exitCode, message } = explain(error, context);
  return new CliError(
    `${what}: ${message}`,
    `Its settings are in ${file}; go on with: ${again(context, file)}`,
    exitCode === EXIT.interrupted ? exitCode : EXIT.failure,
    'INCOMPLETE',
    { cause: error },
  );
}

function again({ settings }: Context, file: string): string {
  return `dynamo-cache table recreate${sameTable(settings)} --from ${shellWord(file)}`;
}
