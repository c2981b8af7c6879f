import type { TableConnection } from './connection';
import type { Io } from './io';
import type { Output } from './output';
import type { Settings } from './settings';

/** What a command works with. */
export interface Context {
  readonly io: Io;
  readonly output: Output;
  readonly settings: Settings;
  readonly connection: TableConnection;
  /** Ends with Ctrl-C. */
  readonly signal: AbortSignal;
}
