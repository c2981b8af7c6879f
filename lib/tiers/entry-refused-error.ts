import { DynamoCacheError } from '../errors';

/** A store does not keep an entry, whatever stands there, and has sent nothing: the table is not to blame. */
export class EntryRefusedError extends DynamoCacheError {
  readonly code = 'ENTRY_REFUSED';

  /** @param why to end "it is not kept:" with */
  constructor(readonly why: string) {
    super(`The entry was refused: ${why}.`);
  }
}
