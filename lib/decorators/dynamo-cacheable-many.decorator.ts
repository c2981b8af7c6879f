import type { DynamoCache } from '../engine/dynamo-cache';
import type { ManyOptions, ManyResults } from '../engine/many-calls';
import { type CachedMethod, addCachedMethod } from './cached-methods';
import { replaceMethod } from './decorate-method';
import { readManyOptions } from './decorator-options';
import type { ManyMethodDecorator, ManyShape } from './dynamo-cacheable-many.types';
import { engineOf } from './engine-binding';
import { ownName } from './own-name';

/** How `@DynamoCacheableMany` caches a method that takes a list of ids. */
export interface DynamoCacheableManyOptions<R = any> extends ManyOptions<R> {
  /** What keys start with; unique in the namespace. @default `Class.method` */
  name?: string;
}

/**
 * Caches a method that takes a list of ids, one value an id: what is cached is read in one round trip, and the method
 * is called once, with the ids that are missing. The order and the duplicates of the caller's list are kept.
 *
 * What has no result is left out, of an array whose results name their id (`id`), of a Map (`as: 'map'`) and of a
 * record (`as: 'record'`). An array without `id` holds one element an id: `null`, which is kept, or `undefined`, which
 * is not. Further arguments are part of each key.
 *
 * @throws InvalidOptionsError, when the class is defined, for an option or a place that cannot work
 * @throws UnmatchedResultsError out of the method, when an array without `id` has not one element an id
 * @example
 * class RestaurantService {
 *   @DynamoCacheableMany({ ttl: '10m', id: (restaurant: Restaurant) => restaurant.id })
 *   async findMany(ids: string[]): Promise<Restaurant[]> {
 *     return loadRestaurants(ids);
 *   }
 * }
 */
export function DynamoCacheableMany<R = any, As extends ManyShape = 'array'>(
  options: DynamoCacheableManyOptions<R> & { as?: As } = {},
): ManyMethodDecorator<R, As> {
  const { name, ...many } = readManyOptions(options as DynamoCacheableManyOptions);
  const { id: _id, as: _as, cacheMissing: _cacheMissing, ...kept } = many;
  return (target: object, propertyKey: string | symbol, descriptor: PropertyDescriptor) => {
    replaceMethod('@DynamoCacheableMany', target, propertyKey, descriptor, (original, { prototype }) => {
      const method: CachedMethod = { propertyKey, original, name, options: kept };
      addCachedMethod(prototype, method);
      return function (this: unknown, ...args: unknown[]) {
        const cache = engineOf(this);
        const owned = cache && ownName(this as object, method, cache);
        const run = (...given: unknown[]) => original.apply(this, given);
        return cache && owned !== undefined ? callMany(cache, owned, many, args, run) : run(...args);
      };
    });
  };
}

function callMany(
  cache: DynamoCache,
  name: string,
  options: ManyOptions<unknown>,
  args: unknown[],
  run: (...args: unknown[]) => unknown,
): unknown {
  const [ids, ...rest] = args;
  if (!Array.isArray(ids)) {
    cache.log.warn(`many:${name}`, `A call of ${name} is not cached: its first argument is no array of ids.`);
    return run(...args);
  }
  return cache.callMany(name, options, ids as unknown[], rest, async (missing) => {
    return (await run(missing, ...rest)) as ManyResults<unknown, unknown>;
  });
}
