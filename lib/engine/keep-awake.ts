const DAY_MS = 24 * 60 * 60 * 1_000;

/**
 * Keeps the process alive until the work has settled. The clock's own waits do not; but where somebody waits for an answer
 * that only another try can give, a script would end in the middle of it.
 */
export async function keepAwake<T>(work: Promise<T>): Promise<T> {
  const timer = setInterval(() => undefined, DAY_MS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}
