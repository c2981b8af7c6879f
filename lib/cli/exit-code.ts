/** What a shell is told. docs/cli.md and `--help` list them. */
export const EXIT = {
  ok: 0,
  /** It could not be done. */
  failure: 1,
  /** It was asked for in a way that cannot work. */
  usage: 2,
  /** What was asked for is not there: a key, a cache, a table. */
  absent: 3,
  /** Ctrl-C, SIGTERM or SIGHUP. 128 and the number of the first, as shells do. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
