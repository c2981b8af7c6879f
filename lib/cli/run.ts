/** One run of the command line, from its arguments to its exit code. Nothing is thrown. */
import { CommanderError } from 'commander';
import { CliError, UsageError } from './cli-error';
import { EXIT, type ExitCode } from './exit-code';
import type { Io } from './io';
import { jsonOf } from './json';
import { Output } from './output';
import { buildProgram, type Invocation } from './program';
import { resolveSettings, type GlobalOptions, type Settings } from './settings';
import type { TableConnection } from './connection';

// What a command that was interrupted may still take to say where it stopped.
const LAST_WORDS_MS = 5_000;

export async function run(argv: readonly string[], io: Io, version: string): Promise<ExitCode> {
  let exitCode: ExitCode | undefined;
  const { stdout, stderr } = io;
  const { json: isJson = false } = globalsOf(argv);
  const program = buildProgram({ stdout, stderr, version, isJson }, async (invocation) => {
    exitCode = await execute(invocation, io);
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode ?? EXIT.ok;
  } catch (error) {
    return outsideCommand(error, argv, io);
  }
}

async function execute(invocation: Invocation, io: Io): Promise<ExitCode> {
  const { definition, args, options, globals } = invocation;
  const output = new Output(io, { json: globals.json ?? false, color: globals.color ?? true });
  let settings: Settings | undefined;
  let connection: TableConnection | undefined;
  try {
    settings = resolveSettings(globals, io.env);
    const [{ run: command }, { TableConnection: Connected }] = await Promise.all([
      definition.load(),
      import('./connection'),
    ]);
    connection = new Connected(settings, io.signal);
    const context = { io, output, settings, connection, signal: io.signal };
    return (await untilInterrupted(command(context, args, options as never), io.signal)) ?? EXIT.ok;
  } catch (error) {
    const { explain, otherShape } = await import('./failures');
    const situation = { settings, connection, signal: io.signal };
    const failure = explain(error, situation);
    return complain((await otherShape(failure, situation)) ?? failure, io, globals);
  } finally {
    await connection?.close();
  }
}

async function untilInterrupted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let listener: (() => void) | undefined;
  const overdue = new Promise<never>((_resolve, reject) => {
    listener = () => {
      timer = setTimeout(() => {
        reject(signal.reason as Error);
      }, LAST_WORDS_MS);
    };
    signal.addEventListener('abort', listener);
  });
  try {
    return await Promise.race([work, overdue]);
  } finally {
    clearTimeout(timer);
    if (listener) signal.removeEventListener('abort', listener);
  }
}

// Help and the version end by an error of commander's, too.
function outsideCommand(error: unknown, argv: readonly string[], io: Io): ExitCode {
  const globals = globalsOf(argv);
  if (!(error instanceof CommanderError)) {
    const failure =
      error instanceof CliError
        ? error
        : new CliError(String(error), undefined, EXIT.failure, 'BUG', { cause: error });
    return complain(failure, io, globals);
  }
  if (error.exitCode === 0) return EXIT.ok;
  // A group without a command shows its help, on stderr, to people.
  const isHelp = error.code === 'commander.help';
  if (isHelp && !globals.json) return EXIT.usage;
  const problem = isHelp ? 'No command was given' : error.message.replace(/^error: /, '');
  return complain(new UsageError(capitalised(problem.replaceAll('\n', ' ')), SEE_HELP), io, globals);
}

// As far as they can be told where commander could not read the line.
function globalsOf(argv: readonly string[]): GlobalOptions {
  const has = (flag: string) => argv.includes(flag);
  return { json: has('--json'), verbose: has('--verbose'), color: !has('--no-color') };
}

const SEE_HELP = 'dynamo-cache --help lists the commands; --help behind one explains it.';

function complain(error: CliError, io: Io, { json, color, verbose }: GlobalOptions): ExitCode {
  const { message, hint, code, exitCode } = error;
  if (json) {
    io.stderr.write(`${jsonOf({ error: { code, message, ...(hint !== undefined && { hint }) } })}\n`);
  } else {
    const output = new Output(io, { json: false, color: color ?? true });
    output.note(`${output.paintNote('red', 'error')} ${message}`);
    if (hint !== undefined) output.note(`      ${hint}`);
  }
  if (verbose) io.stderr.write(`${stackOf(error)}\n`);
  return exitCode;
}

function stackOf(error: Error): string {
  const { cause, stack = '' } = error;
  return cause instanceof Error ? `${stack}\ncaused by ${stackOf(cause)}` : stack;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
