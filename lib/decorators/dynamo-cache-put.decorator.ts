import type { DynamoCache } from '../engine/dynamo-cache';
import { EvictionLostError } from '../engine/evictor';
import { type CallReference, addReference, referTo } from './call-reference';
import { decorateMethod } from './decorate-method';
import { readPutOptions } from './decorator-options';
import { engineOf } from './engine-binding';
import { placeOf, reportLost } from './lost-work';
import { runThenWork } from './run-around';

/** Where the result of a method is put. */
export interface DynamoCachePutOptions<A extends readonly any[] = any[], R = any> {
  /** The cached method whose call gets the result: of this class by its name, of another as `Class.method`. */
  method: string;
  /** The arguments of that call, from those of this one. @default the same arguments */
  args?: (...args: A) => readonly unknown[];
  /** A result for which this returns true is not put; what stood there is evicted. */
  unless?: (result: R) => boolean;
}

/**
 * Always runs the method, and puts its result where the next call of another method finds it, by that method's `ttl`
 * and `tags`; a result which that method would not keep evicts what stood there. Two calls at once put in the order in
 * which they end, which may not be the order in which their database committed them: where that matters, evict.
 *
 * @throws InvalidOptionsError, when the class is defined, for an option or a place that cannot work
 * @throws EvictionLostError out of the method with the cache's `strict`, when the result did not reach the table
 * @example
 * class RestaurantService {
 *   @DynamoCachePut({ method: 'summary', args: (id: string) => [id] })
 *   async rename(id: string, name: string): Promise<Summary> {
 *     return saveName(id, name);
 *   }
 * }
 */
export function DynamoCachePut<A extends readonly any[] = any[], R = any>(
  options: DynamoCachePutOptions<A, R>,
) {
  const { method, args: argsOf, unless } = readPutOptions(options as DynamoCachePutOptions);
  return decorateMethod<A, R, '@DynamoCachePut'>(
    '@DynamoCachePut',
    (original, { prototype, propertyKey }) => {
      addReference(prototype, { decorator: '@DynamoCachePut', propertyKey, method });
      return function (this: unknown, ...args: unknown[]) {
        const cache = engineOf(this);
        const run = () => original.apply(this, args);
        if (!cache) return run();
        return runThenWork(run, async (results) => {
          if (results.length === 0) return;
          const instance = this as object;
          try {
            const reference = referTo(cache, instance, method);
            await put(cache, reference, argsOf ? argsOf(...args) : args, results[0], unless);
          } catch (error) {
            reportLost(cache, placeOf(instance, propertyKey), 'method', error);
          }
        });
      };
    },
  );
}

// What is not put still replaces the old value: that one has to go.
async function put(
  cache: DynamoCache,
  { name, options }: CallReference,
  args: readonly unknown[],
  result: unknown,
  unless: DynamoCachePutOptions['unless'],
): Promise<void> {
  try {
    const isKept =
      !unless?.(result) && !options.unless?.(result) && (options.when ? options.when(...args) : true);
    if (isKept) {
      await cache.putCall(name, options, args, result);
      return;
    }
  } catch (error) {
    if (error instanceof EvictionLostError) throw error;
    cache.log.warn(
      `put:${name}`,
      `A result was not put as one of ${name}, because one of its options threw: the old value is evicted.`,
    );
  }
  await cache.evictCall(name, options, args);
}
