const cleanups: (() => Promise<unknown>)[] = [];

/** Runs once the running test file is over; unlike vitest's afterAll it can be called from a hook or a test. */
export function afterFile(cleanup: () => Promise<unknown>): void {
  cleanups.push(cleanup);
}

/** The newest first, because it may need an older one. */
export async function runCleanups(): Promise<void> {
  for (let cleanup = cleanups.pop(); cleanup; cleanup = cleanups.pop()) await cleanup();
}
