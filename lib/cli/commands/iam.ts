import type { Purpose } from '../../infra/operations';
import { regionOfKey } from '../../infra/kms-key';
import { policyDocument } from '../../infra/permissions';
import { spaceOf } from '../address';
import { UsageError } from '../cli-error';
import type { Context } from '../context';
import { EXIT, type ExitCode } from '../exit-code';
import { jsonOf } from '../json';
import { asUsage } from '../settings';
import { isArn } from '../table-reference';

interface Options extends Readonly<Partial<Record<Purpose, boolean>>> {
  readonly kmsKey?: string;
  readonly account: string;
  readonly partition: string;
}

const PURPOSES: readonly Purpose[] = ['runtime', 'clearPrefix', 'setup', 'stream', 'tail', 'operator'];

export async function run(context: Context, _args: readonly string[], options: Options): Promise<ExitCode> {
  const { output, settings } = context;
  const named = PURPOSES.filter((purpose) => options[purpose]);
  const purposes: readonly Purpose[] = named.length > 0 ? named : ['runtime'];
  const namespace = settings.isNamespaceGiven ? spaceOf(settings) : undefined;
  // The registry of caches, and the namespaces of a whole table, lie outside any fence.
  if (namespace !== undefined && purposes.includes('operator'))
    throw new UsageError('--operator: the command line works on every namespace', 'Leave --namespace out.');
  const { kmsKey: kmsKeyArn } = options;
  const region = regionFor(context, kmsKeyArn);
  const policy = policyDocument({
    purposes,
    namespace,
    kmsKeyArn,
    tableArn: arnOf(context, region, options),
  });
  output.result(policy, () => jsonOf(policy, 2));
  return EXIT.ok;
}

/** A key encrypts tables of its own region only, so it tells the region where nothing else does. */
function regionFor({ settings, io }: Context, kmsKeyArn: string | undefined): string {
  const ofKey = kmsKeyArn === undefined ? undefined : asUsage(() => regionOfKey(kmsKeyArn), '--kms-key');
  if (ofKey !== undefined && settings.region !== undefined && ofKey !== settings.region)
    throw new UsageError(`--kms-key: the key is in ${ofKey}, and the table in ${settings.region}`);
  return settings.region ?? ofKey ?? io.env.AWS_REGION ?? '*';
}

function arnOf({ settings }: Context, region: string, { account, partition }: Options): string {
  if (isArn(settings.table)) return settings.table;
  if (!/^(\*|\d{12})$/.test(account))
    throw new UsageError(`--account: ${JSON.stringify(account)} is no account: twelve digits`);
  return `arn:${partition}:dynamodb:${region}:${account}:table/${settings.table}`;
}
