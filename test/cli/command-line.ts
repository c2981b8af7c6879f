/** Runs the command line inside this process: what it prints, and its exit code. */
import { PassThrough, Readable } from 'node:stream';
import { run } from '../../lib/cli/run';
import { dynamodbEndpoint } from '../support/dynamodb';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface World {
  readonly env?: Record<string, string | undefined>;
  /** What is typed, or piped in. */
  readonly stdin?: string;
  /** Whether all three streams are a terminal. */
  readonly terminal?: boolean;
  readonly signal?: AbortSignal;
  /** Is told of everything written, as it is written. */
  readonly onText?: (text: string) => void;
}

const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_REGION: 'us-east-1' };

/** The arguments as they are. */
export async function commandLine(argv: readonly string[], world: World = {}): Promise<Ran> {
  const { terminal = false, onText } = world;
  const stdout = stream(terminal, onText);
  const stderr = stream(terminal, onText);
  const stdin = Object.assign(Readable.from(world.stdin === undefined ? [] : [world.stdin]), {
    isTTY: terminal,
  });
  const code = await run(
    argv,
    {
      stdin,
      stdout: stdout.sink,
      stderr: stderr.sink,
      env: { ...CREDENTIALS, ...world.env },
      signal: world.signal ?? new AbortController().signal,
    },
    '0.0.0-test',
  );
  return { code, out: stdout.text(), err: stderr.text() };
}

/** On one table of the run's DynamoDB. */
export function onTable(table: string, ...more: readonly string[]) {
  return (line: readonly string[], world: World = {}): Promise<Ran> =>
    commandLine([...line, '--table', table, '--endpoint', dynamodbEndpoint, ...more], world);
}

/** The result of a command with `--json`. */
export function resultOf<T = Record<string, unknown>>({ out, err, code }: Ran): T {
  if (out === '') throw new Error(`no result, exit code ${code}: ${err}`);
  return JSON.parse(out) as T;
}

export function errorOf({ err }: Ran): { code: string; message: string; hint?: string } {
  return (JSON.parse(err) as { error: { code: string; message: string; hint?: string } }).error;
}

function stream(isTTY: boolean, onText: World['onText']) {
  const chunks: string[] = [];
  const sink = Object.assign(new PassThrough(), { isTTY, columns: 80 });
  sink.on('data', (chunk: Buffer) => {
    chunks.push(chunk.toString());
    onText?.(chunk.toString());
  });
  return { sink, text: () => chunks.join('') };
}
