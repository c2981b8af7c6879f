/** Finds the cached method that another decorator refers to by name. */
import type { CallOptions } from '../engine/call-options';
import type { DynamoCache } from '../engine/dynamo-cache';
import { cachedMethodOf, cachedMethodsOf, nameOfMethod } from './cached-methods';

export interface CallReference {
  /** The name keys start with. */
  readonly name: string;
  /** How its calls are cached; keys and tags come out of these. */
  readonly options: CallOptions<readonly unknown[], unknown>;
}

/** @param method a method of the instance's class, or the name of any: `Class.method` or a name that was set */
export function referTo(cache: DynamoCache, instance: object, method: string): CallReference {
  const own = cachedMethodsOf(instance).find(({ propertyKey }) => propertyKey === method);
  if (own) return { name: nameOfMethod(own, instance.constructor), options: own.options };
  return { name: method, options: cachedMethodOf(cache.names.ownerOf(method))?.options ?? {} };
}
