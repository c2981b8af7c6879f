import { referTo } from './call-reference';
import { decorateMethod, runAround } from './decorate-method';
import { engineOf } from './engine-binding';

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
 * and `tags`. Two calls at once put in the order in which they end, which may not be the order in which their database
 * committed them: where that matters, evict.
 *
 * @example
 * class RestaurantService {
 *   @DynamoCachePut({ method: 'summary', args: (id: string) => [id] })
 *   async rename(id: string, name: string): Promise<Summary> { … }
 * }
 */
export function DynamoCachePut<A extends readonly any[] = any[], R = any>(
  options: DynamoCachePutOptions<A, R>,
) {
  const { method, args: argsOf, unless } = options as DynamoCachePutOptions;
  return decorateMethod<A, R>('@DynamoCachePut', (original) => {
    return function (this: unknown, ...args: unknown[]) {
      const cache = engineOf(this);
      if (!cache) return original.apply(this, args);
      const after = async (result: unknown) => {
        const reference = referTo(cache, this as object, method);
        const target = argsOf?.(...args) ?? args;
        if (unless?.(result)) await cache.evictCall(reference.name, reference.options, target);
        else await cache.putCall(reference.name, reference.options, target, result);
      };
      return runAround(() => original.apply(this, args), undefined, { after });
    };
  });
}
