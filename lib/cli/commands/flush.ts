import { spaceOf } from '../address';
import { readRegistry } from '../cache-registry';
import { CliError } from '../cli-error';
import { confirm } from '../confirmation';
import type { Context } from '../context';
import { EXIT, type ExitCode } from '../exit-code';
import { countText, durationText, readCount } from '../figures';
import { explain } from '../failures';
import { Flush } from '../flush/flush';
import {
  type FlushCounts,
  type FlushState,
  NO_COUNTS,
  forgetState,
  loadState,
  saveState,
} from '../flush/flush-state';
import { countDoomed } from '../flush/rehearsal';
import { PRICES, dollarsText } from '../prices';
import { Progress } from '../progress';
import { describeOwnTable } from '../table-settings';

interface Options {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly segments: string;
  readonly resume?: string;
  readonly stateFile: string;
}

const SAVE_MS = 2_000;

export async function run(context: Context, _args: readonly string[], options: Options): Promise<ExitCode> {
  const { connection, output, settings } = context;
  const from =
    options.resume === undefined
      ? await beginning(context, options)
      : await loadState(options.resume, settings.table);
  const { ItemCount: items = 0 } = await describeOwnTable(connection, settings.table);
  const what = `${from.space === null ? 'every namespace' : `the namespace ${from.space}`} of ${settings.table}`;
  if (options.dryRun) return rehearse(context, from, items, what);
  await confirm(context, `Flush ${what} (about ${countText(items)} items in the table)?`, options);
  const file = options.resume ?? options.stateFile.replace('<table>', settings.table.replace(/^.*[:/]/, ''));
  const startedMs = performance.now();
  const counts = await flush(context, from, items, file);
  await forgetState(file);
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

async function beginning({ connection, settings }: Context, options: Options): Promise<FlushState> {
  const count = readCount(options.segments, 'segments') ?? 1;
  const segments = Array.from({ length: count }, () => ({ after: null, isDone: false }));
  const space = settings.isNamespaceGiven ? spaceOf(settings) : null;
  const spaces =
    space === null ? [spaceOf(settings), ...(await readRegistry(connection, settings)).names] : [space];
  return { table: settings.table, space, spaces, segments, generations: {}, counts: NO_COUNTS };
}

async function flush(context: Context, from: FlushState, items: number, file: string): Promise<FlushCounts> {
  const { connection, io, output, settings, signal } = context;
  const progress = new Progress({
    stream: io.stderr,
    isShown: !output.isJson,
    total: items,
    before: from.counts.scanned,
  });
  let savedMs = performance.now();
  const flushing: Flush = new Flush(
    connection,
    settings,
    from,
    {
      progressed: (scanned, { deleted }) => progress.add(scanned, `${countText(deleted)} deleted`),
      reached: async (state) => {
        if (performance.now() - savedMs < SAVE_MS) return;
        savedMs = performance.now();
        await saveState(file, state);
      },
    },
    signal,
  );
  try {
    return await flushing.run();
  } catch (error) {
    const { state } = flushing;
    await saveState(file, state);
    const { counts } = state;
    const share =
      items > 0 ? ` (about ${Math.min(99, Math.floor((counts.scanned / items) * 100))}% of the table)` : '';
    const why = explain(error, { settings, connection, signal });
    throw new CliError(
      `${why.message} It had deleted ${countText(counts.deleted)} entries, having looked at ${countText(counts.scanned)} items${share}.`,
      `Go on: dynamo-cache flush --table ${settings.table} --resume ${file}`,
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
