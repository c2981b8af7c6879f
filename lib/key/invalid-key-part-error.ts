import { DynamoCacheError } from '../errors';

/** A namespace or version that cannot stand in front of a key. Thrown at start-up, never during a call. */
export class InvalidKeyPartError extends DynamoCacheError {
  readonly code = 'INVALID_KEY_PART';

  constructor(
    readonly part: 'namespace' | 'version',
    problem: string,
  ) {
    super(`${part}: ${problem}`);
  }
}
