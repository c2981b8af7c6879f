import { regionOfKey } from '../../infra/kms-key';
import { TEMPLATE_KINDS, type TemplateKind, template } from '../../infra/templates';
import { UsageError } from '../cli-error';
import type { Context } from '../context';
import { EXIT, type ExitCode } from '../exit-code';
import { asUsage } from '../settings';
import { isArn } from '../table-reference';

interface Options {
  readonly stream?: boolean;
  readonly alarms?: boolean;
  readonly pointInTimeRecovery?: boolean;
  readonly kmsKey?: string;
}

export async function run(
  { output, settings }: Context,
  [kind = '']: readonly string[],
  { kmsKey: kmsKeyArn, ...options }: Options,
): Promise<ExitCode> {
  assertKind(kind);
  const { table: tableName, layoutOption: layout } = settings;
  if (isArn(tableName))
    throw new UsageError(
      '--table: a template makes a table, and an ARN is of one that there is',
      'Write its name.',
    );
  if (kmsKeyArn !== undefined) asUsage(() => regionOfKey(kmsKeyArn), '--kms-key');
  const text = asUsage(() => template(kind, { tableName, layout, kmsKeyArn, ...options }));
  // The output ends with a line feed of its own.
  output.result({ kind, text }, () => text.trimEnd());
  return EXIT.ok;
}

function assertKind(kind: string): asserts kind is TemplateKind {
  if ((TEMPLATE_KINDS as readonly string[]).includes(kind)) return;
  throw new UsageError(
    `There is no template ${JSON.stringify(kind)}.`,
    `There are ${TEMPLATE_KINDS.join(', ')}.`,
  );
}
