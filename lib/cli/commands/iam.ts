import type { Purpose } from '../../infra/operations';
import { spaceOf } from '../address';
import { UsageError } from '../cli-error';
import type { Context } from '../context';
import { EXIT, type ExitCode } from '../exit-code';
import { jsonOf } from '../json';
import { policyFor } from '../policy';

interface Options {
  readonly runtime?: boolean;
  readonly clearPrefix?: boolean;
  readonly setup?: boolean;
  readonly stream?: boolean;
  readonly operator?: boolean;
  readonly account: string;
  readonly partition: string;
}

export async function run(context: Context, _args: readonly string[], options: Options): Promise<ExitCode> {
  const { output, settings } = context;
  const chosen: readonly (readonly [boolean | undefined, Purpose])[] = [
    [options.runtime, 'runtime'],
    [options.clearPrefix, 'flush'],
    [options.setup, 'setup'],
    [options.stream, 'stream'],
    [options.operator, 'operator'],
  ];
  const named = chosen.flatMap(([isChosen, purpose]) => (isChosen ? [purpose] : []));
  const purposes: readonly Purpose[] = named.length > 0 ? named : ['runtime'];
  const space = settings.isNamespaceGiven ? spaceOf(settings) : undefined;
  // The registry of caches, and the namespaces of a whole table, lie outside any fence.
  if (space !== undefined && purposes.includes('operator'))
    throw new UsageError('--operator: the command line works on every namespace', 'Leave --namespace out.');
  const policy = policyFor(purposes, { tableArn: arnOf(context, options), space });
  output.result(policy, () => jsonOf(policy, 2));
  return EXIT.ok;
}

function arnOf({ settings, io }: Context, { account, partition }: Options): string {
  if (settings.table.startsWith('arn:')) return settings.table;
  if (!/^(\*|\d{12})$/.test(account))
    throw new UsageError(`--account: ${JSON.stringify(account)} is no account: twelve digits`);
  const region = settings.region ?? io.env.AWS_REGION ?? '*';
  return `arn:${partition}:dynamodb:${region}:${account}:table/${settings.table}`;
}
