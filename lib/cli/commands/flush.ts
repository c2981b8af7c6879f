import { spaceOf } from '../address';
import { readRegistry } from '../cache-registry';
import { CliError } from '../cli-error';
import { confirm } from '../confirmation';
import type { Context } from '../context';
import { EXIT, type ExitCode } from '../exit-code';
import { countText, durationText } from '../figures';
import { explain } from '../failures';
import { Flush } from '../flush/flush';
import {
  type FlushCounts,
  type FlushState,
  NO_COUNTS,
  assertSameTable,
  loadState,
  toldSpace,
} from '../flush/flush-state';
import { countDoomed } from '../flush/rehearsal';
import { StateFile } from '../flush/state-file';
import { placeOf, sameTable, shellWord } from '../place';
import { PRICES, dollarsText } from '../prices';
import { Progress } from '../progress';
import { readSegments } from '../segments';
import { identityOf } from '../table-identity';
import { nameOfTable } from '../table-reference';
import { describeOwnTable } from '../table-settings';

interface Options {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly segments: string;
  readonly resume?: string;
  readonly stateFile: string;
}

export async function run(context: Context, _args: readonly string[], options: Options): Promise<ExitCode> {
  const { connection, output, settings } = context;
  const { table } = settings;
  const segments = readSegments(options.segments);
  const saved = options.resume === undefined ? undefined : await loadState(options.resume, wanted(settings));
  const description = await describeOwnTable(connection, table);
  const now = { place: await placeOf(connection), identity: identityOf(description) };
  if (saved) assertSameTable(options.resume ?? '', saved, now);
  const from = saved ?? { ...(await beginning(context, segments)), ...now };
  const items = description.ItemCount ?? 0;
  const what = `${toldSpace(from.space)} of ${table}`;
  if (options.dryRun) return rehearse(context, from, items, what);
  await confirm(context, `Flush ${what} (about ${countText(items)} items in the table)?`, options);
  const file = new StateFile(options.resume ?? options.stateFile.replace('<table>', nameOfTable(table)));
  await file.begin(saved ? 'resume' : 'state-file', from);
  const startedMs = performance.now();
  const counts = await flush(context, from, items, file);
  const problem = await file.remove();
  if (problem !== undefined) output.note(`${file.path} is of no more use: ${problem}`);
  const ms = Math.round(performance.now() - startedMs);
  output.result({ table: settings.table, namespace: from.space, ...counts, ms }, () => {
    const spent = dollarsText(counts.readUnits * PRICES.readUnit + counts.writeUnits * PRICES.writeUnit);
    const kept = counts.younger + counts.changed;
    return [
      `${countText(counts.deleted)} entries of ${what} ${output.paint('green', 'deleted')} in ${durationText(ms)}.`,
      `${countText(counts.scans)} scans, ${countText(counts.deletes)} batch deletes; ${countText(Math.ceil(counts.readUnits))} read and ${countText(Math.ceil(counts.writeUnits))} write units, ${spent} on demand.`,
      ...(kept > 0 ? [`${countText(kept)} were loaded or written after it had begun, and stay.`] : []),
    ].join('\n');
  });
  return EXIT.ok;
}

function wanted(settings: Context['settings']): { table: string; space: string | undefined } {
  return { table: settings.table, space: settings.isNamespaceGiven ? spaceOf(settings) : undefined };
}

async function beginning(
  { connection, settings }: Context,
  count: number,
): Promise<Omit<FlushState, 'place' | 'identity'>> {
  const segments = Array.from({ length: count }, () => ({ after: null, isDone: false }));
  const { table, space = null } = wanted(settings);
  const spaces =
    space === null ? [spaceOf(settings), ...(await readRegistry(connection, settings)).names] : [space];
  return { table, space, spaces, segments, generations: {}, counts: NO_COUNTS };
}

async function flush(
  context: Context,
  from: FlushState,
  items: number,
  file: StateFile,
): Promise<FlushCounts> {
  const { connection, io, output, settings, signal } = context;
  const progress = new Progress({
    stream: io.stderr,
    isShown: !output.isJson,
    total: items,
    before: from.counts.scanned,
  });
  let isTold = false;
  const flushing: Flush = new Flush(
    connection,
    settings,
    from,
    {
      progressed: (scanned, { deleted }) => progress.add(scanned, `${countText(deleted)} deleted`),
      reached: async (state) => {
        const problem = await file.keep(state);
        if (problem === undefined || isTold) return;
        isTold = true;
        output.note(`How far it is cannot be written down any more (${problem}); it goes on.`);
      },
    },
    signal,
  );
  try {
    return await flushing.run();
  } catch (error) {
    const { state } = flushing;
    const problem = await file.save(state);
    const { counts, space } = state;
    const share =
      items > 0 ? ` (about ${Math.min(99, Math.floor((counts.scanned / items) * 100))}% of the table)` : '';
    const why = explain(error, { settings, connection, signal });
    const named = space === null ? '' : ` --namespace ${shellWord(space)}`;
    const again = `dynamo-cache flush${sameTable(settings)}${named} --resume ${shellWord(file.path)}`;
    throw new CliError(
      `${why.message} It had deleted ${countText(counts.deleted)} entries, having looked at ${countText(counts.scanned)} items${share}.`,
      problem === undefined
        ? `Go on: ${again}`
        : `Where it stopped cannot be written down (${problem}). The file tells of an earlier moment; go on from there: ${again}`,
      why.exitCode,
      why.code,
      { cause: error },
    );
  } finally {
    progress.clear();
  }
}

async function rehearse(context: Context, from: FlushState, items: number, what: string): Promise<ExitCode> {
  const { connection, io, output, settings, signal } = context;
  const progress = new Progress({ stream: io.stderr, isShown: !output.isJson, total: items });
  const found = await countDoomed(connection, settings, from, signal, (scanned, count) =>
    progress.add(scanned, `${countText(count)} entries`),
  );
  progress.clear();
  output.result({ table: settings.table, namespace: from.space, dryRun: true, ...found }, () => {
    const lines = Object.entries(found.namespaces).map(([name, count]) => `  ${name}: ${countText(count)}`);
    return [`${countText(found.entries)} entries of ${what} would be deleted; nothing was.`, ...lines].join(
      '\n',
    );
  });
  return EXIT.ok;
}
