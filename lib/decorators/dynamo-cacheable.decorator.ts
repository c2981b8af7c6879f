import type { Observable } from 'rxjs';
import type { Duration } from '../duration';
import { type CachedMethod, addCachedMethod } from './cached-methods';
import { cachedObservable } from './cached-observable';
import { decorateMethod } from './decorate-method';
import { readCacheableOptions } from './decorator-options';
import type { AnyMethod } from './definition';
import type { CacheableMethodDecorator, DynamoCacheableOptions } from './dynamo-cacheable.types';
import { engineOf } from './engine-binding';
import { ownName } from './own-name';
import { type ResultKind, kindOfResult } from './result-kind';
import { isServed } from './served-route';

/**
 * Caches what a method returns, by its class, its name and its arguments. The arguments are the whole key: what else the
 * result depends on (the current user, the tenant) has to be among them. An Observable is cached as its last value.
 * On an instance that no DynamoCacheModule knows, the method simply runs.
 *
 * @param ttl milliseconds, or a text such as '10m'. @default the module's `ttl`
 * @throws InvalidOptionsError, when the class is defined, for an option or a place that cannot work
 * @example
 * class RestaurantService {
 *   @DynamoCacheable('10m')
 *   async summary(id: string): Promise<Summary> {
 *     return loadSummary(id);
 *   }
 *
 *   @DynamoCacheable({ ttl: '1h', when: (id: string) => id !== 'draft', unless: (menu: Menu) => menu.isPartial })
 *   async menu(id: string): Promise<Menu> {
 *     return loadMenu(id);
 *   }
 * }
 */
export function DynamoCacheable<A extends readonly any[] = any[], R = any>(
  ttlOrOptions?: Duration | DynamoCacheableOptions<A, R>,
): CacheableMethodDecorator<A, R> {
  const options: DynamoCacheableOptions = readCacheableOptions(ttlOrOptions);
  return decorateMethod<A, R>('@DynamoCacheable', (original, { prototype, propertyKey, kind }) => {
    const method = { propertyKey, original, name: options.name, options };
    addCachedMethod(prototype, method);
    return wrap(original, options, method, kind);
  });
}

function wrap(
  original: AnyMethod,
  options: DynamoCacheableOptions,
  method: CachedMethod,
  declared: ResultKind | undefined,
): AnyMethod {
  let kind = declared;
  return function (this: unknown, ...args) {
    if (isServed(method, args)) return original.apply(this, args);
    const cache = engineOf(this);
    const name = cache && ownName(this as object, method, cache);
    if (!cache || name === undefined || kind === 'other') return original.apply(this, args);
    switch (kind) {
      case 'promise':
        return cache.call(name, options, args, async () => original.apply(this, args) as Promise<unknown>);
      case 'observable':
        return cachedObservable(
          () => original.apply(this, args) as Observable<unknown>,
          (load) => cache.call(name, options, args, load),
        );
      case undefined: {
        const result: unknown = original.apply(this, args);
        kind = kindOfResult(result);
        return result;
      }
    }
  };
}
