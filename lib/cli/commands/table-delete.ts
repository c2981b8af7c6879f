import { CliError } from '../cli-error';
import { confirm } from '../confirmation';
import type { Context } from '../context';
import { EXIT, type ExitCode } from '../exit-code';
import { countText } from '../figures';
import { identityOf } from '../table-identity';
import { describeTable } from '../table-settings';
import { untilGone } from '../table-waiting';

interface Options {
  readonly yes?: boolean;
  readonly wait: boolean;
}

export async function run(context: Context, _args: readonly string[], options: Options): Promise<ExitCode> {
  const { connection, output, settings } = context;
  const description = await describeTable(connection, settings.table);
  assertUnprotected(description.DeletionProtectionEnabled, settings.table);
  const items = countText(description.ItemCount ?? 0);
  await confirm(context, `Delete the table ${settings.table} with its ${items} items?`, options);
  await connection.send(({ client, sdk }, sending) =>
    client.send(new sdk.DeleteTableCommand({ TableName: settings.table }), sending),
  );
  if (options.wait) await untilGone(context, identityOf(description));
  output.result(
    { table: settings.table, deleted: true },
    () => `${settings.table} ${output.paint('green', 'deleted')}.`,
  );
  return EXIT.ok;
}

/** @throws CliError */
export function assertUnprotected(isProtected: boolean | undefined, table: string): void {
  if (!isProtected) return;
  throw new CliError(
    `The table ${table} is protected from deletion.`,
    `If it is meant: aws dynamodb update-table --table-name ${table} --no-deletion-protection-enabled`,
    EXIT.failure,
    'PROTECTED',
  );
}
