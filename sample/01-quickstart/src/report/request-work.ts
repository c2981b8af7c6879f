/**
 * How often the present request has read the data. The honest way to tell a hit from a miss from outside the cache:
 * each request has a count of its own, so it holds with any number of requests at once. Only this sample needs it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

export interface RequestWork {
  scans: number;
}

const works = new AsyncLocalStorage<RequestWork>();

/** Runs code that belongs to one request. */
export function trackWork<T>(work: RequestWork, body: () => T): T {
  return works.run(work, body);
}

export function noteScan(): void {
  const work = works.getStore();
  if (work) work.scans++;
}
