import type { Cache } from 'cache-manager';
import type { DynamoCache } from '../engine/dynamo-cache';
import { lifetime } from '../keyv/lifetime';

type Loader<T> = () => T | Promise<T>;
type PerValue<T> = number | ((value: T) => number);
interface Options<T> {
  ttl?: PerValue<T>;
  refreshThreshold?: PerValue<T>;
  raw?: true;
}

/**
 * `wrap` by the engine: cache-manager's own writes back what it has loaded whatever has been evicted meanwhile. What only
 * cache-manager can do (`refreshThreshold`, `raw`, a `ttl` that depends on the value) is left to it.
 */
export function wrapBy(cache: DynamoCache, manager: Cache): Cache['wrap'] {
  function wrap<T>(
    key: string,
    load: Loader<T>,
    ttlOrOptions?: PerValue<T> | Options<T>,
    refreshThreshold?: PerValue<T>,
  ): Promise<T> {
    const options = (
      typeof ttlOrOptions === 'object' ? ttlOrOptions : { ttl: ttlOrOptions, refreshThreshold }
    ) as Options<T>;
    const { ttl } = options;
    if (options.raw || options.refreshThreshold !== undefined || typeof ttl === 'function') {
      return manager.wrap(key, load, options);
    }
    return cache.getOrLoad(key, load, ttl === undefined ? {} : lifetime(ttl));
  }
  return wrap;
}
