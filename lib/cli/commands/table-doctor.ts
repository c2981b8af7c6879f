import type { Context } from '../context';
import { EXIT, type ExitCode } from '../exit-code';
import type { Finding } from '../finding';
import { readCount } from '../figures';
import { checkClock, checkItems } from '../item-checks';
import { checkPermissions } from '../permission-checks';
import { checkSettings } from '../table-checks';
import { readTableSettings } from '../table-settings';

interface Options {
  readonly sample: string;
}

export async function run(context: Context, _args: readonly string[], options: Options): Promise<ExitCode> {
  const { connection, output, settings } = context;
  const sample = readCount(options.sample, 'sample') ?? 1;
  const table = await readTableSettings(connection, settings.table);
  const findings: Finding[] = checkSettings(table, settings);
  // With other keys every request on an item would fail, and say nothing else.
  if (findings.every(({ check, verdict }) => check !== 'keys' || verdict === 'ok')) {
    findings.push(...(await checkPermissions(connection, settings)));
    findings.push(...(await items(context, sample)));
  }
  findings.push(checkClock(connection.clockAheadMs));
  const isWell = findings.every(({ verdict }) => verdict !== 'wrong');
  output.result({ table: settings.table, well: isWell, findings }, () => render(context, findings));
  return isWell ? EXIT.ok : EXIT.failure;
}

async function items({ connection, settings }: Context, sample: number): Promise<Finding[]> {
  try {
    return await checkItems(connection, settings, sample);
  } catch (error) {
    return [
      { check: 'items', verdict: 'unknown', message: error instanceof Error ? error.message : String(error) },
    ];
  }
}

const MARKS = {
  ok: ['green', 'ok    '],
  advice: ['yellow', 'advice'],
  wrong: ['red', 'WRONG '],
  unknown: ['dim', '?     '],
} as const;

function render({ output, settings }: Context, findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.flatMap(({ check, verdict, message, fix }) => {
    const [style, mark] = MARKS[verdict];
    const line = `${output.paint(style, mark)}  ${check.padEnd(width)}  ${message}`;
    return fix === undefined ? [line] : [line, `${' '.repeat(width + 10)}${output.paint('cyan', fix)}`];
  });
  const wrong = findings.filter(({ verdict }) => verdict === 'wrong').length;
  const verdict = wrong === 0 ? `${settings.table} is well.` : `${settings.table}: ${wrong} to mend.`;
  return [...lines, '', verdict].join('\n');
}
