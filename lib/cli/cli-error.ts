import { EXIT, type ExitCode } from './exit-code';

/** A failure that is told in one line, with what to do about it. */
export class CliError extends Error {
  override readonly name: string = 'CliError';

  constructor(
    message: string,
    readonly hint?: string,
    readonly exitCode: ExitCode = EXIT.failure,
    /** Stable, for scripts that read `--json`. */
    readonly code = 'FAILED',
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export class UsageError extends CliError {
  override readonly name = 'UsageError';

  constructor(message: string, hint?: string) {
    super(message, hint, EXIT.usage, 'USAGE');
  }
}

export class AbsentError extends CliError {
  override readonly name = 'AbsentError';

  constructor(message: string, hint?: string) {
    super(message, hint, EXIT.absent, 'ABSENT');
  }
}

export class InterruptedError extends CliError {
  override readonly name = 'InterruptedError';

  constructor(message = 'Interrupted.', hint?: string) {
    super(message, hint, EXIT.interrupted, 'INTERRUPTED');
  }
}
