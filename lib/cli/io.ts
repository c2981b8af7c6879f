import type { Readable, Writable } from 'node:stream';

export interface TextStream extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** The outside world of one run: a process's in the program, a test's own in tests. */
export interface Io {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ends with Ctrl-C. */
  readonly signal: AbortSignal;
}
