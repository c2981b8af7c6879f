import type { DynamoCache } from '../engine/dynamo-cache';
import { addReference, referTo } from './call-reference';
import { decorateMethod } from './decorate-method';
import { readEvictOptions } from './decorator-options';
import { engineOf } from './engine-binding';
import { placeOf, reportLost } from './lost-work';
import { runThenWork, workThenRun } from './run-around';

/** What a call of the method makes invalid: at least one of `tags`, `keys`, `method` and `everything`. */
export interface DynamoCacheEvictOptions<A extends readonly any[] = any[]> {
  /** Every value with one of these tags. */
  tags?: readonly string[] | ((...args: A) => readonly string[]);
  /** The values under these keys. */
  keys?: readonly string[] | ((...args: A) => readonly string[]);
  /** A cached method: of this class by its name, of another as `Class.method`. With `args` one call of it, else all. */
  method?: string;
  /** The arguments of the call of `method` that is evicted, from those of this call. @default every call */
  args?: (...args: A) => readonly unknown[];
  /** Everything in the namespace. @default false */
  everything?: boolean;
  /** Whether to evict before the method runs, instead of after it succeeded. @default false */
  before?: boolean;
}

/**
 * Evicts when the method is called: after it succeeded, or with `before: true` ahead of it in any case. The method
 * resolves when the evictions have been acknowledged. Usable several times on one method.
 *
 * @throws InvalidOptionsError, when the class is defined, for an option or a place that cannot work
 * @throws EvictionLostError out of the method with the cache's `strict`; otherwise a lost eviction is tried again
 * @example
 * class RestaurantService {
 *   @DynamoCacheEvict({ tags: (id: string) => [`restaurant:${id}`] })
 *   async rename(id: string, name: string): Promise<void> {
 *     await saveName(id, name);
 *   }
 * }
 */
export function DynamoCacheEvict<A extends readonly any[] = any[]>(options: DynamoCacheEvictOptions<A>) {
  const { method, before } = readEvictOptions(options as DynamoCacheEvictOptions);
  return decorateMethod<A, any, '@DynamoCacheEvict'>('@DynamoCacheEvict', (original, place) => {
    const { prototype, propertyKey, kind } = place;
    if (method !== undefined)
      addReference(prototype, { decorator: '@DynamoCacheEvict', propertyKey, method });
    return function (this: unknown, ...args: unknown[]) {
      const cache = engineOf(this);
      const run = () => original.apply(this, args);
      if (!cache) return run();
      const evict = () =>
        evictFor(cache, this as object, propertyKey, options as DynamoCacheEvictOptions, args);
      return before ? workThenRun(evict, run, kind) : runThenWork(run, evict);
    };
  });
}

// One that fails must not keep the others from being made.
async function evictFor(
  cache: DynamoCache,
  instance: object,
  propertyKey: string | symbol,
  options: DynamoCacheEvictOptions,
  args: unknown[],
): Promise<void> {
  const evictions = Object.entries(evictionsOf(cache, instance, options, args));
  const settled = await Promise.allSettled(evictions.map(async ([, evict]) => evict()));
  settled.forEach((result, i) => {
    if (result.status === 'rejected')
      reportLost(cache, placeOf(instance, propertyKey), evictions[i]?.[0] ?? '', result.reason);
  });
}

/** What is to be done, by the option that says so. */
function evictionsOf(
  cache: DynamoCache,
  instance: object,
  { tags, keys, method, args: argsOf, everything }: DynamoCacheEvictOptions,
  args: unknown[],
): Record<string, () => Promise<unknown>> {
  return {
    ...(everything && { everything: () => cache.clear() }),
    ...(tags && { tags: () => cache.evictTags(...listOf(tags, args)) }),
    ...(keys && { keys: () => cache.deleteMany(listOf(keys, args)) }),
    ...(method !== undefined && {
      method: () => {
        const { name, options } = referTo(cache, instance, method);
        return argsOf ? cache.evictCall(name, options, listOf(argsOf, args)) : cache.evictMethod(name);
      },
    }),
  };
}

// A text would be taken for a list of its letters, and nothing for a list of none.
function listOf<T>(list: readonly T[] | ((...args: any[]) => readonly T[]), args: unknown[]): readonly T[] {
  const asked: unknown = typeof list === 'function' ? list(...args) : list;
  if (!Array.isArray(asked)) throw new TypeError('returned no list');
  return asked as T[];
}
