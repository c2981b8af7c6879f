/**
 * Does work until the signal ends the wait. The SDK does not look at its `abortSignal` while it waits for credentials,
 * and some clients never do.
 *
 * @throws the signal's reason
 */
export async function untilAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => {
      reject(signal.reason as Error);
    };
  });
  signal.addEventListener('abort', stop);
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
