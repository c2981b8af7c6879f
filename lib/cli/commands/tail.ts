import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '../../clock';
import { NoStreamError } from '../../dynamodb/no-stream-error';
import { loadStreamsSdk } from '../../dynamodb/stream-client';
import type { StreamRecord } from '../../dynamodb/stream-record';
import { StreamShards } from '../../dynamodb/stream-shards';
import { StreamSource } from '../../dynamodb/stream-source';
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
  const reading = patience(context, 'Writes may have gone by unseen');
  const lookingUp = patience(context, 'What was written could not be looked up yet');
  for (;;) {
    const progress = await reading(() => shards.readOn());
    if (progress === undefined) shards = await follow(source, waiting);
    const events = await lookingUp(() => eventsOf(waiting, context));
    // What could not be looked up stays, and is looked up with what comes next.
    if (events) waiting.length = 0;
    for (const event of events ?? []) {
      print(event, context);
      if (++printed >= limit) return EXIT.ok;
    }
    await output.drained();
    if (progress !== 'more') await wait(POLL_MS, undefined, { signal });
  }
}

/** Lets something fail a few times in a row, with longer and longer pauses; `undefined` when it has failed. */
function patience({ output, signal }: Context, meanwhile: string) {
  let failures = 0;
  return async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      const result = await work();
      failures = 0;
      return result;
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      // What is not permitted does not pass.
      if (signal.aborted || name === 'AccessDeniedException' || ++failures > PATIENCE) throw error;
      output.note(`${meanwhile}: ${message}`);
      await wait(POLL_MS * failures, undefined, { signal });
      return undefined;
    }
  };
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
