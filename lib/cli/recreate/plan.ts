/** What a table needs to stand again as it was, in a file: it may be all that is left of its settings. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { UsageError } from '../cli-error';
import type { Place } from '../place';
import type { TableBlueprint } from '../table-blueprint';

export interface Plan {
  readonly place: Place;
  /** Which table was to be deleted: a table of the same name with another identity was made since. */
  readonly identity: string;
  readonly blueprint: TableBlueprint;
  readonly namespaces: readonly string[];
  readonly registry: Record<string, AttributeValue> | undefined;
}

/**
 * Never over the plan of a run that did not finish.
 *
 * @throws UsageError when it cannot be written
 */
export async function savePlan(file: string, plan: Plan): Promise<void> {
  try {
    const text = `${JSON.stringify(plan, undefined, 2)}\n`;
    await writeFile(file, text, { mode: 0o600, flag: 'wx', flush: true });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST')
      throw new UsageError(
        `${file} holds the settings of a recreate that did not finish. Nothing was done.`,
        `Go on with it by --from ${file}, or remove the file if the table is as it should be.`,
      );
    throw new UsageError(
      `--settings-file: ${file} cannot be written: ${message}. Nothing was done.`,
      'Name a file that can be: the settings of the table are kept there while it is away.',
    );
  }
}

/** @throws UsageError */
export async function readPlan(file: string, table: string): Promise<Plan> {
  let plan: Partial<Plan> | null;
  try {
    plan = JSON.parse(await readFile(file, 'utf8')) as Partial<Plan> | null;
  } catch (error) {
    throw new UsageError(
      `--from: ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const name = plan?.blueprint?.table.TableName;
  if (name === undefined || !(name === table || table.endsWith(`/${name}`)))
    throw new UsageError(`--from: ${file} is of the table ${name ?? '?'}, not of ${table}`);
  if (typeof plan?.identity !== 'string' || !Array.isArray(plan.namespaces) || !plan.place)
    throw new UsageError(`--from: ${file} is not what a recreate leaves`);
  return plan as Plan;
}

/** @returns whether it is gone */
export async function forgetPlan(file: string): Promise<boolean> {
  return rm(file, { force: true }).then(
    () => true,
    () => false,
  );
}
