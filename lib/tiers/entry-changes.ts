import type { Moment } from '../moment';
import type { Version } from './entry';

/** Is told by a store what any process writes to it. */
export interface ChangeListener {
  /** Something was written at an address; which version, where that is known. Told at least once, in any order. */
  changed(address: string, version?: Version): void;
  /** Any address may have been written without being told. */
  missed(): void;
  /** Everything written before this moment has been told. */
  upToDate(asOf: Moment): void;
  /** Nothing can be told now; it is tried again. */
  failed(error: unknown): void;
}
