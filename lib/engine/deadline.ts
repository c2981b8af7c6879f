import { DynamoCacheError } from '../errors';

/**
 * DynamoDB did not answer within `timeout`. It never reaches the caller of a cached method: it is what `ping()` throws,
 * the `error` of an event, and the `cause` of an EvictionLostError.
 *
 * @example
 * onCacheEvent((event) => {
 *   if (event.type === 'error' && event.error instanceof DeadlineError) console.warn(event.error.budgetMs);
 * });
 */
export class DeadlineError extends DynamoCacheError {
  readonly code = 'DEADLINE';

  constructor(readonly budgetMs: number) {
    super(`no answer within ${budgetMs} ms`);
  }
}

/**
 * Runs an operation under a budget. The signal asks the operation to stop; the promise rejects at the deadline even
 * when the operation does not listen, so that a client which ignores signals cannot hold a caller.
 */
export function withDeadline<T>(
  budgetMs: number,
  operation: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  // By hand: a race and the async function around it would be a tenth of what the cache adds to a lone read.
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const error = new DeadlineError(budgetMs);
      reject(error);
      controller.abort(error);
    }, budgetMs);
    const fail = (error: unknown) => {
      clearTimeout(timer);
      reject(error);
    };
    const succeed = (result: T) => {
      clearTimeout(timer);
      resolve(result);
    };
    try {
      operation(controller.signal).then(succeed, fail);
    } catch (error) {
      fail(error);
    }
  });
}
