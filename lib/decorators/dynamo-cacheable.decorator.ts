import { types } from 'node:util';
import { type Duration, durationMs } from '../duration';
import type { DynamoCache } from '../engine/dynamo-cache';
import { InvalidOptionsError } from '../invalid-options-error';
import type { Observable } from 'rxjs';
import { type CachedMethod, addCachedMethod, nameOfMethod } from './cached-methods';
import { cachedObservable } from './cached-observable';
import { copyIdentity } from './copy-identity';
import type { CacheableMethodDecorator, DynamoCacheableOptions } from './dynamo-cacheable.types';
import { engineOf, injectEngine } from './engine-binding';
import { declaredKind, kindOfResult } from './result-kind';

/* eslint-disable @typescript-eslint/no-explicit-any -- only `any` lets a decorator infer a method's parameters */

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
 *   async summary(id: string): Promise<Summary> { … }
 *
 *   @DynamoCacheable({ ttl: '1h', when: (id: string) => id !== 'draft', unless: (menu: Menu) => menu.isPartial })
 *   async menu(id: string): Promise<Menu> { … }
 * }
 */
export function DynamoCacheable(ttl?: Duration): CacheableMethodDecorator<any[], any>;
export function DynamoCacheable<A extends readonly any[] = any[], R = any>(
  options: DynamoCacheableOptions<A, R>,
): CacheableMethodDecorator<A, R>;
export function DynamoCacheable(
  ttlOrOptions?: Duration | DynamoCacheableOptions,
): CacheableMethodDecorator<any[], any> {
  const options = readOptions(ttlOrOptions);
  return (target: object, propertyKey: string | symbol, descriptor: PropertyDescriptor) => {
    const original: unknown = (descriptor as PropertyDescriptor | undefined)?.value;
    if (
      typeof original !== 'function' ||
      typeof target === 'function' ||
      types.isGeneratorFunction(original)
    ) {
      throw new InvalidOptionsError(
        '@DynamoCacheable',
        `${String(propertyKey)} is no instance method: put it on a method that returns a Promise or an Observable`,
      );
    }
    const method = { propertyKey, original, name: options.name, options };
    const wrapper = wrap(original as AnyMethod, options, method, target);
    copyIdentity(original, wrapper);
    descriptor.value = wrapper;
    addCachedMethod(target, method);
    injectEngine(target);
  };
}

type AnyMethod = (this: unknown, ...args: unknown[]) => unknown;

function wrap(
  original: AnyMethod,
  options: DynamoCacheableOptions,
  method: CachedMethod,
  prototype: object,
): AnyMethod {
  let kind = declaredKind(original, prototype, method.propertyKey);
  return function (this: unknown, ...args) {
    const cache = engineOf(this);
    const name = cache && ownName(this as object, method, cache);
    if (!cache || name === undefined || kind === 'other') return original.apply(this, args);
    const run = () => original.apply(this, args);
    switch (kind) {
      case 'promise':
        return cache.call(name, options, args, async () => run());
      case 'observable':
        return cachedObservable(
          () => run() as Observable<unknown>,
          (load) => cache.call(name, options, args, load),
        );
      case undefined: {
        const result = run();
        kind = kindOfResult(result);
        return result;
      }
    }
  };
}

/** The name of the method on this instance; undefined when another method owns it, and their values would mix. */
function ownName(instance: object, method: CachedMethod, cache: DynamoCache): string | undefined {
  try {
    const name = nameOfMethod(method, instance.constructor);
    return cache.names.tryClaim(name, method.original, instance.constructor) ? name : undefined;
  } catch {
    // A class without a name of its own; the explorer refuses those it can see at start-up.
    return undefined;
  }
}

function readOptions(ttlOrOptions: Duration | DynamoCacheableOptions = {}): DynamoCacheableOptions {
  const options = typeof ttlOrOptions === 'object' ? ttlOrOptions : { ttl: ttlOrOptions };
  if (options.ttl !== undefined) durationMs(options.ttl, '@DynamoCacheable ttl');
  return options;
}
