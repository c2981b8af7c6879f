/** What the cache does for one invocation, as it says on its diagnostics channel: nothing has to be imported for it. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import type { CacheEvent } from 'nestjs-dynamo-cache/core';

const traces = new AsyncLocalStorage<string[]>();

subscribe('nestjs-dynamo-cache', (event) => {
  const step = stepOf(event as CacheEvent);
  if (step) traces.getStore()?.push(step);
});

/** @returns the result, and what the cache has done until it was there */
export async function traced<T>(run: () => Promise<T>): Promise<{ result: T; cache: string }> {
  const steps: string[] = [];
  const result = await traces.run(steps, run);
  return { result, cache: steps.join(', ') || 'not asked' };
}

function stepOf(event: CacheEvent): string | undefined {
  switch (event.type) {
    case 'hit':
      return `hit in ${event.source === 'table' ? 'the table' : event.source}`;
    case 'load':
      return `load ${event.durationMs.toFixed(0)} ms`;
    case 'error':
      return `${event.operation} failed`;
    case 'stale':
    case 'miss':
    case 'join':
    case 'fill':
    case 'fill-dropped':
      return event.type;
    default:
      return undefined;
  }
}
