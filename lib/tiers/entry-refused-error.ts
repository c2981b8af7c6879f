import { DynamoCacheError } from '../errors';

/** A store does not keep an entry, whatever stands there, and has sent nothing: the table is not to blame. */
export class EntryRefusedError extends DynamoCacheError {
  readonly code = 'ENTRY_REFUSED';

  /** @param why to end "it is not kept:" with */
  constructor(readonly why: string) {
    super(`The entry was refused: ${why}.`);
  }
}

/** What a write resolves to, or why the store refused it. @throws what else it rejects with */
export async function orRefusal<T>(write: () => Promise<T>): Promise<T | EntryRefusedError> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof EntryRefusedError) return error;
    throw error;
  }
}
