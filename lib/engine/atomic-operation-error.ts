import { DynamoCacheError } from '../errors';

/**
 * Why an atomic operation failed:
 * - `unreachable`: the table was not reached, or did not answer;
 * - `unsure`: the answer to the write was lost, and somebody else has written since;
 * - `contended`: others were faster again and again, and nothing was written;
 * - `held`: somebody else has the lock, and `wait` is over;
 * - `not-an-integer`: what stands under the key, or would, is no safe integer;
 * - `not-kept`: the value cannot be encoded, is too large, or its `ttl` said `false`.
 */
export type AtomicFailure = 'unreachable' | 'unsure' | 'contended' | 'held' | 'not-an-integer' | 'not-kept';

const EXPLANATIONS: Record<AtomicFailure, string> = {
  unreachable: 'the table was not reached, or did not answer',
  unsure: 'the answer was lost, and somebody else has written since',
  contended: 'others were faster again and again',
  held: 'somebody else holds it',
  'not-an-integer': 'what stands under the key, or would, is no safe integer',
  'not-kept': 'the value cannot be kept',
};

/**
 * `add`, `increment`, `lock` or `extend` could not do what it was asked. These are the only methods that throw for the
 * table's sake: nobody but the table can say who was first.
 *
 * @example
 * try {
 *   await cache.increment('visits');
 * } catch (error) {
 *   if (error instanceof AtomicOperationError && !error.mayHaveHappened) console.warn('not counted');
 * }
 */
export class AtomicOperationError extends DynamoCacheError {
  readonly code = 'ATOMIC_OPERATION';

  constructor(
    readonly operation: 'add' | 'increment' | 'lock' | 'extend',
    /** The key, or the method of a key that looks like a call. */
    readonly label: string,
    readonly reason: AtomicFailure,
    /** Whether the write may stand, or may have stood, all the same. */
    readonly mayHaveHappened: boolean,
    options?: ErrorOptions,
  ) {
    const outcome = mayHaveHappened ? 'It may have happened' : 'It has not happened';
    super(`${operation} of ${label} failed: ${EXPLANATIONS[reason]}. ${outcome}.`, options);
  }
}
