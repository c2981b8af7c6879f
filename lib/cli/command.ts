/** What a command looks like from outside, and where its code is: the code is loaded only when the command runs. */
import type { Context } from './context';
import type { ExitCode } from './exit-code';

export interface CommandModule {
  /** `options` has the shape that the definition's options give it. */
  readonly run: (context: Context, args: readonly string[], options: never) => Promise<ExitCode | undefined>;
}

export interface CommandDefinition {
  /** Words after `dynamo-cache`: `get`, `table create`. */
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** What else there is to know, for `--help`. */
  readonly description?: string;
  /** Such as `['<key>', 'the key, as the application writes it']`. */
  readonly args?: readonly (readonly [syntax: string, meaning: string])[];
  readonly options?: readonly CommandOption[];
  /** A command line without `dynamo-cache` in front, and what it does. */
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  readonly load: () => Promise<CommandModule>;
}

export type CommandOption = readonly [flags: string, meaning: string, byDefault?: string];
