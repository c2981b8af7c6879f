import type { Context } from '../context';
import { tryItems } from '../doctor/item-trials';
import { tryStream } from '../doctor/stream-trials';
import { learn, tryChanges } from '../doctor/table-trials';
import { EXIT, type ExitCode } from '../exit-code';
import type { Finding } from '../finding';
import { readCount } from '../figures';
import { checkClock, checkItems } from '../item-checks';
import { checkSettings } from '../table-checks';

interface Options {
  readonly sample: string;
}

export async function run(context: Context, _args: readonly string[], options: Options): Promise<ExitCode> {
  const { connection, output, settings, signal } = context;
  const sample = readCount(options.sample, 'sample') ?? 1;
  const { known, findings: learned } = await learn(context);
  const findings: Finding[] = [...checkSettings(known, settings), ...learned];
  // With other keys every request on an item would fail, and say nothing else.
  const hasOtherKeys = findings.some(({ check, verdict }) => check === 'keys' && verdict === 'wrong');
  if (!hasOtherKeys) findings.push(...(await tryItems(context)), ...(await items(context, sample)));
  findings.push(...(await tryChanges(context, known)));
  if (known.description) findings.push(...(await tryStream(context, known.description)));
  findings.push(checkClock(connection.clockAheadMs));
  // A trial that Ctrl-C has ended looks like one that could not be made.
  signal.throwIfAborted();
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
  const isSeen = findings.every(({ check, verdict }) => check === 'not tried' || verdict !== 'unknown');
  const well = isSeen ? 'is well.' : 'is well, as far as could be seen.';
  const verdict = wrong === 0 ? `${settings.table} ${well}` : `${settings.table}: ${wrong} to mend.`;
  return [...lines, '', verdict].join('\n');
}
