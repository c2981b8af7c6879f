import { durationMs } from '../duration';
import type { DynamoCache } from '../engine/dynamo-cache';
import type { MemoizeOptions } from '../engine/call-options';
import { FunctionNames, assertOwnName } from '../engine/function-names';
import { InvalidOptionsError } from '../invalid-options-error';
import type { CacheLogger } from '../observability/logger';
import { assertOptions } from './assert-options';
import { createDynamoCache } from './create-dynamo-cache';
import type { DynamoCacheOptions } from './options';
import { resolveOptions } from './resolve-options';

// Names are checked when a function is memoized, while the cache, and with it the environment, is read at the first call.
const names = new FunctionNames();

let shared: DynamoCache | undefined;
let configured: DynamoCacheOptions | undefined;

// What start-up finds suspicious is said once, when the cache is made.
const SILENT: CacheLogger = { warn: () => undefined, error: () => undefined };

/**
 * Sets the options of the cache behind `memoize`, once and before its first use: memory, `waitUntil`, another `ttl`. The
 * table stays that of CACHE_TABLE unless `table` names one. Functions may have been memoized before.
 *
 * @throws InvalidOptionsError when an option cannot work, or when the cache has been configured or used already
 * @example
 * configureDefaultCache({ memory: { ttl: '30s' }, staleWhileRevalidate: '5m' });
 */
export function configureDefaultCache(options: DynamoCacheOptions): void {
  if (shared ?? configured) {
    const what = shared ? 'is in use' : 'has been configured';
    throw new InvalidOptionsError(
      'configureDefaultCache',
      `the default cache ${what} already: call it once, before the first call of a memoized function, or make a cache ` +
        'of your own by createDynamoCache(…)',
    );
  }
  // The name of the table is read at the first call, everything else is judged here.
  assertOptions(options, {});
  resolveOptions({ table: 'cache', ...options, logger: SILENT });
  configured = options;
}

/**
 * The cache behind `memoize`, made at its first use: the table of CACHE_TABLE, everything else by default or as
 * `configureDefaultCache` says. Close it to let a script end its connections.
 *
 * @throws InvalidOptionsError, at its first use, when CACHE_TABLE is no table name
 * @example await defaultCache().close();
 */
export function defaultCache(): DynamoCache {
  shared ??= createDynamoCache(configured);
  return shared;
}

/**
 * The same function, cached on a default cache that is configured by CACHE_TABLE and the SDK's usual variables, and by
 * `configureDefaultCache` where that is called.
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
