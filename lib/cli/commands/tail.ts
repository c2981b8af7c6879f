import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '../../clock';
import { NoStreamError } from '../../dynamodb/no-stream-error';
import { loadStreamsSdk } from '../../dynamodb/stream-client';
import type { StreamRecord } from '../../dynamodb/stream-record';
import { StreamShards } from '../../dynamodb/stream-shards';
import { StreamSource } from '../../dynamodb/stream-source';
import { spaceOf, startsOf } from '../address';
import { CliError } from '../cli-error';
import type { Context } from '../context';
import { EXIT, type ExitCode } from '../exit-code';
import { readCount } from '../figures';
import { type EventKind, type StreamEvent, eventsOf } from '../stream-events';

interface Options {
  readonly count?: string;
}

const POLL_MS = 500;
const PATIENCE = 5;

export async function run(context: Context, _args: readonly string[], options: Options): Promise<ExitCode> {
  const { connection, output, settings, signal } = context;
  const limit = readCount(options.count, 'count') ?? Infinity;
  assertPackage();
  const source = new StreamSource(await connection.table(), signal);
  const waiting: StreamRecord[] = [];
  let shards = await follow(source, waiting);
  output.note(`Following the stream of ${settings.table}; Ctrl-C ends it.`);
  let printed = 0;
  for (let failures = 0; ;) {
    const isIdle = await shards.readOn().then(
      (progress) => {
        failures = 0;
        return progress !== 'more';
      },
      async (error: unknown) => {
        if (signal.aborted || ++failures > PATIENCE) throw error;
        output.note(
          `Writes may have gone by unseen: ${error instanceof Error ? error.message : String(error)}`,
        );
        await wait(POLL_MS * failures, undefined, { signal });
        shards = await follow(source, waiting);
        return true;
      },
    );
    for (const event of await eventsOf(waiting.splice(0), context)) {
      if (!isWanted(event, settings)) continue;
      print(event, context);
      if (++printed >= limit) return EXIT.ok;
    }
    await output.drained();
    if (isIdle) await wait(POLL_MS, undefined, { signal });
  }
}

/** @throws CliError when there is no stream, which no repetition mends */
async function follow(source: StreamSource, into: StreamRecord[]): Promise<StreamShards> {
  try {
    return await StreamShards.fromNow(source, systemClock, (record) => into.push(record));
  } catch (error) {
    if (!(error instanceof NoStreamError)) throw error;
    const { table, mend, code } = error;
    const message = `The table ${table} has no stream to follow.`;
    throw new CliError(message, `Switch it on: ${mend}`, EXIT.failure, code, { cause: error });
  }
}

function isWanted({ partitionKey }: StreamEvent, settings: Context['settings']): boolean {
  return (
    !settings.isNamespaceGiven || startsOf(spaceOf(settings)).some((start) => partitionKey.startsWith(start))
  );
}

const STYLES: Record<EventKind, 'green' | 'yellow' | 'dim'> = {
  written: 'green',
  evicted: 'yellow',
  expired: 'dim',
  deleted: 'yellow',
  changed: 'dim',
};

function print({ atMs, kind, namespace, what, partitionKey }: StreamEvent, { output }: Context): void {
  const at = new Date(atMs).toISOString();
  output.row(
    { at, kind, namespace, what, partitionKey },
    () => `${at}  ${output.paint(STYLES[kind], kind)}  ${namespace}  ${what}`,
  );
}

function assertPackage(): void {
  try {
    loadStreamsSdk();
  } catch (error) {
    throw new CliError(
      'tail needs a package that is not installed.',
      'npm install @aws-sdk/client-dynamodb-streams@3',
      EXIT.failure,
      'NO_PACKAGE',
      { cause: error },
    );
  }
}
