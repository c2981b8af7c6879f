import { durationMs } from '../duration';
import type { DynamoCache } from '../engine/dynamo-cache';
import type { MemoizeOptions } from '../engine/call-options';
import { FunctionNames, assertOwnName } from '../engine/function-names';
import { createDynamoCache } from './create-dynamo-cache';

// Names are checked when a function is memoized, while the cache, and with it the environment, is read at the first call.
const names = new FunctionNames();

let shared: DynamoCache | undefined;

/**
 * The cache behind `memoize`, made at its first use: the table of CACHE_TABLE, everything else by default. Close it to
 * let a script end its connections.
 *
 * @throws InvalidOptionsError, at its first use, when CACHE_TABLE is no table name
 * @example await defaultCache().close();
 */
export function defaultCache(): DynamoCache {
  shared ??= createDynamoCache();
  return shared;
}

/**
 * The same function, cached on a default cache that is configured by CACHE_TABLE and the SDK's usual variables.
 *
 * @throws InvalidOptionsError when the function has no name of its own, another function has it, or the ttl is no duration;
 *   the first call rejects with one when CACHE_TABLE is no table name
 * @example
 * export const channelsMemo = memoize(channelIndex, { ttl: '1d' });
 */
export function memoize<A extends readonly unknown[], R>(
  fn: (...args: A) => R | Promise<R>,
  options: MemoizeOptions<A, R> = {},
): (...args: A) => Promise<R> {
  const name = assertOwnName(options.name ?? fn.name);
  if (options.ttl !== undefined) durationMs(options.ttl, 'ttl');
  names.claim(name, fn);
  let memoized: ((...args: A) => Promise<R>) | undefined;
  // Async, so that a CACHE_TABLE which names no table rejects the call instead of throwing into it.
  return async (...args) => {
    memoized ??= defaultCache().memoize(fn, { ...options, name });
    return memoized(...args);
  };
}
