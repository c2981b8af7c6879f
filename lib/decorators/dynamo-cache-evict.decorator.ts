import type { DynamoCache } from '../engine/dynamo-cache';
import { type CallReference, referTo } from './call-reference';
import { decorateMethod, runAround } from './decorate-method';
import { engineOf } from './engine-binding';
import { declaredKind } from './result-kind';

/** What a call of the method makes invalid. At least one of the first four. */
export interface DynamoCacheEvictOptions<A extends readonly any[] = any[]> {
  /** Every value with one of these tags. */
  tags?: readonly string[] | ((...args: A) => readonly string[]);
  /** The values under these keys. */
  keys?: (...args: A) => readonly string[];
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
 * @throws EvictionLostError out of the method with the cache's `strict`; otherwise a lost eviction is tried again
 * @example
 * class RestaurantService {
 *   @DynamoCacheEvict({ tags: (id: string) => [`restaurant:${id}`] })
 *   async rename(id: string, name: string) { … }
 * }
 */
export function DynamoCacheEvict<A extends readonly any[] = any[]>(options: DynamoCacheEvictOptions<A>) {
  return decorateMethod<A>('@DynamoCacheEvict', (original, prototype, propertyKey) => {
    const kind = declaredKind(original, prototype, propertyKey);
    return function (this: unknown, ...args: unknown[]) {
      const cache = engineOf(this);
      if (!cache) return original.apply(this, args);
      const evict = () => evictFor(cache, this as object, options as DynamoCacheEvictOptions, args);
      return runAround(
        () => original.apply(this, args),
        kind,
        options.before ? { before: evict } : { after: evict },
      );
    };
  });
}

async function evictFor(
  cache: DynamoCache,
  instance: object,
  { tags, keys, method, args: argsOf, everything }: DynamoCacheEvictOptions,
  args: unknown[],
): Promise<void> {
  const work: Promise<unknown>[] = [];
  if (everything) work.push(cache.clear());
  if (tags) work.push(cache.evictTags(...(typeof tags === 'function' ? tags(...args) : tags)));
  if (keys) work.push(cache.deleteMany(keys(...args)));
  if (method !== undefined) {
    const reference: CallReference = referTo(cache, instance, method);
    const target = argsOf?.(...args);
    work.push(
      target ? cache.evictCall(reference.name, reference.options, target) : cache.evictMethod(reference.name),
    );
  }
  await Promise.all(work);
}
