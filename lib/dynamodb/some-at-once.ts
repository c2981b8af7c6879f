/**
 * Runs over all items, at most `limit` at the same time. When one fails no more are begun, and those under way are told
 * to stop by the signal they were given: the caller is told of the failure at once, and nobody would end them.
 *
 * @throws what the first of them rejected with
 */
export async function someAtOnce<T>(
  items: readonly T[],
  limit: number,
  signal: AbortSignal,
  run: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const left = items.values();
  const work = async () => {
    for (const item of left) {
      either.throwIfAborted();
      await run(item, either);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work));
  } catch (error) {
    failed.abort(error);
    throw error;
  }
}
