import { DynamoCacheError } from '../errors';

/** The table has no stream to follow. `mend` is the command that switches it on. */
export class NoStreamError extends DynamoCacheError {
  readonly code = 'NO_STREAM';
  readonly mend: string;

  constructor(readonly table: string) {
    const mend =
      `aws dynamodb update-table --table-name ${table} ` +
      '--stream-specification StreamEnabled=true,StreamViewType=KEYS_ONLY';
    super(`the table ${table} has no stream; switch it on: ${mend}`);
    this.mend = mend;
  }
}
