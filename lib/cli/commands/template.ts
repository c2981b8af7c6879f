import { TEMPLATE_KINDS, type TemplateKind, template } from '../../infra/templates';
import { UsageError } from '../cli-error';
import type { Context } from '../context';
import { EXIT, type ExitCode } from '../exit-code';
import { asUsage } from '../settings';

interface Options {
  readonly stream?: boolean;
  readonly alarms?: boolean;
  readonly pointInTimeRecovery?: boolean;
}

export async function run(
  { output, settings }: Context,
  [kind = '']: readonly string[],
  options: Options,
): Promise<ExitCode> {
  assertKind(kind);
  const { table: tableName, layoutOption: layout } = settings;
  if (tableName.startsWith('arn:'))
    throw new UsageError(
      '--table: a template makes a table, and an ARN is of one that there is',
      'Write its name.',
    );
  const text = asUsage(() => template(kind, { tableName, layout, ...options }));
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
