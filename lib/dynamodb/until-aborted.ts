/**
 * Does work until the signal ends the wait. The SDK does not look at its `abortSignal` while it waits for credentials,
 * and some clients never do.
 *
 * @throws the signal's reason
 */
export function untilAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const stop = () => {
      reject(signal.reason as Error);
    };
    const fail = (error: unknown) => {
      signal.removeEventListener('abort', stop);
      reject(error);
    };
    const succeed = (result: T) => {
      signal.removeEventListener('abort', stop);
      resolve(result);
    };
    signal.addEventListener('abort', stop);
    try {
      work().then(succeed, fail);
    } catch (error) {
      fail(error);
    }
  });
}
