/** The command line's grammar: commander with the catalogue's commands, and help that shows examples. */
import { Command, Option } from 'commander';
import { CATALOG, GROUPS } from './catalog';
import type { CommandDefinition, CommandOption } from './command';
import type { TextStream } from './io';
import { GLOBAL_OPTIONS, type GlobalOptions } from './settings';

/** A command that was chosen, and with what. */
export interface Invocation {
  readonly definition: CommandDefinition;
  readonly args: readonly string[];
  readonly options: Record<string, unknown>;
  readonly globals: GlobalOptions;
}

export interface ProgramIo {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  readonly version: string;
  /** Whether help that nobody asked for is left out of stderr, which then has errors as JSON. */
  readonly isJson: boolean;
}

const EXIT_CODES = `
Exit codes:
  0  done        1  it could not be done        2  it was asked for wrongly
  3  what was asked for is not there        130  interrupted (Ctrl-C)`;

export function buildProgram(io: ProgramIo, invoke: (invocation: Invocation) => Promise<void>): Command {
  const program = new Command('dynamo-cache')
    .description('The command line of nestjs-dynamo-cache: the table, what is in it, and what may touch it.')
    .version(io.version, '-V, --version', 'print the version')
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .helpCommand('help [command]', 'explain a command')
    .addHelpText('after', ({ command }) => (command.parent === null ? EXIT_CODES : ''));
  prepare(program, io);
  for (const option of GLOBAL_OPTIONS) program.addOption(optionOf(option));
  for (const [name, summary] of GROUPS) program.command(name).description(summary);
  for (const definition of CATALOG) add(program, definition, invoke);
  return program;
}

function add(
  program: Command,
  definition: CommandDefinition,
  invoke: (invocation: Invocation) => Promise<void>,
): void {
  const words = definition.name.split(' ');
  const name = words.pop() ?? '';
  const group = program.commands.find((command) => command.name() === words[0]);
  const command = (group ?? program).command(name).summary(definition.summary);
  command.description([definition.summary, definition.description].filter(Boolean).join('\n\n'));
  for (const [syntax, meaning] of definition.args ?? []) command.argument(syntax, meaning);
  for (const option of definition.options ?? []) command.addOption(optionOf(option));
  command.addHelpText('after', examplesOf(definition));
  command.action(async (...given: unknown[]) => {
    // commander appends the options and the command.
    const args = given.slice(0, -2).flat() as (string | undefined)[];
    await invoke({
      definition,
      args: args.filter((arg) => arg !== undefined),
      options: command.opts(),
      globals: program.opts(),
    });
  });
}

// Commands that are added later inherit this.
function prepare(program: Command, { stdout, stderr, isJson }: ProgramIo): void {
  program.exitOverride().configureOutput({
    writeOut: (text) => stdout.write(text),
    writeErr: (text) => isJson || stderr.write(text),
    getOutHelpWidth: () => stdout.columns ?? 80,
    getErrHelpWidth: () => stderr.columns ?? 80,
    // Said by the one place that says what went wrong.
    outputError: () => undefined,
  });
}

function optionOf([flags, meaning, byDefault]: CommandOption): Option {
  const option = new Option(flags, meaning);
  return byDefault === undefined ? option : option.default(byDefault);
}

function examplesOf({ examples }: CommandDefinition): string {
  const lines = examples.flatMap(([line, meaning]) => [`  # ${meaning}`, `  $ dynamo-cache ${line}`]);
  return ['', examples.length === 1 ? 'Example:' : 'Examples:', ...lines].join('\n');
}
