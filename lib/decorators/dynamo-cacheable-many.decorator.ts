import type { DynamoCache } from '../engine/dynamo-cache';
import type { ManyOptions, ManyResults } from '../engine/many-calls';
import { InvalidOptionsError } from '../invalid-options-error';
import { type CachedMethod, addCachedMethod } from './cached-methods';
import { decorateMethod } from './decorate-method';
import { engineOf } from './engine-binding';
import { ownName } from './own-name';

/** How `@DynamoCacheableMany` caches a method that takes a list of ids. */
export interface DynamoCacheableManyOptions<R = any> extends ManyOptions<R> {
  /** What keys start with; unique in the namespace. @default `Class.method` */
  name?: string;
}

/** What a method may return: one result an id or, with `id`, results in any order; or the results by id. */
type ManyResultsOf<As> = As extends 'map'
  ? ReadonlyMap<any, any>
  : As extends 'record'
    ? Readonly<Record<string, any>>
    : readonly any[];

type ManyMethod<As> = (ids: readonly any[], ...rest: any[]) => Promise<ManyResultsOf<As>>;

/**
 * Caches a method that takes a list of ids, one value an id: what is cached is read in one round trip, and the method
 * is called once, with the ids that are missing. The order and the duplicates of the caller's list are kept.
 *
 * What has no result is left out, of an array whose results name their id (`id`), of a Map (`as: 'map'`) and of a
 * record (`as: 'record'`). An array without `id` holds one element an id: `null`, which is kept, or `undefined`, which
 * is not. Further arguments are part of each key.
 *
 * @example
 * class RestaurantService {
 *   @DynamoCacheableMany({ ttl: '10m', id: (restaurant: Restaurant) => restaurant.id })
 *   async findMany(ids: string[]): Promise<Restaurant[]> { … }
 * }
 */
export function DynamoCacheableMany<R = any, As extends 'array' | 'map' | 'record' = 'array'>(
  options: DynamoCacheableManyOptions<R> & { as?: As } = {},
): <T extends ManyMethod<As>>(
  target: object,
  propertyKey: string | symbol,
  descriptor: TypedPropertyDescriptor<T>,
) => void {
  const { name, ...many } = options as DynamoCacheableManyOptions;
  return (target, propertyKey, descriptor) => {
    const original: unknown = (descriptor as PropertyDescriptor | undefined)?.value;
    const method: CachedMethod = { propertyKey, original: original as object, name, options: {} };
    decorateMethod('@DynamoCacheableMany', (written) => {
      addCachedMethod(target, method);
      return function (this: unknown, ...args: unknown[]) {
        const cache = engineOf(this);
        const owned = cache && ownName(this as object, method, cache);
        if (!cache || owned === undefined) return written.apply(this, args);
        return callMany(cache, owned, many, args, (...given) => written.apply(this, given));
      };
    })(target, propertyKey, descriptor as PropertyDescriptor);
  };
}

function callMany(
  cache: DynamoCache,
  name: string,
  options: ManyOptions<unknown>,
  [ids, ...rest]: unknown[],
  run: (...args: unknown[]) => unknown,
): Promise<unknown> {
  if (!Array.isArray(ids)) {
    return Promise.reject(
      new InvalidOptionsError('@DynamoCacheableMany', `the first argument of ${name} is no list`),
    );
  }
  return cache.callMany(name, options, ids as unknown[], rest, async (missing) => {
    return (await run(missing, ...rest)) as ManyResults<unknown, unknown>;
  });
}
