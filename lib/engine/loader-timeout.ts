import { DynamoCacheError } from '../errors';

/** The loader took longer than `loaderTimeout.hard`. The load goes on, and its result is kept. */
export class LoaderTimeoutError extends DynamoCacheError {
  readonly code = 'LOADER_TIMEOUT';

  constructor(
    readonly label: string,
    readonly timeoutMs: number,
  ) {
    super(`The loader of ${label} took longer than ${timeoutMs} ms`);
  }
}

/** Work that did not end in time. */
export const LATE = Symbol('late');

// A timer set for longer than this fires at once.
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The work's own outcome, or LATE when it takes longer; the work goes on. */
export async function within<T>(timeoutMs: number | undefined, work: Promise<T>): Promise<T | typeof LATE> {
  if (timeoutMs === undefined) return work;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<typeof LATE>((resolve) => {
    timer = setTimeout(resolve, Math.min(timeoutMs, MAX_TIMER_MS), LATE);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
