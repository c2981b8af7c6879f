import type { DynamoCache } from '../engine/dynamo-cache';
import { type CachedMethod, nameOfMethod } from './cached-methods';

/** The name of the method on this instance; undefined when another method owns it, and their values would mix. */
export function ownName(instance: object, method: CachedMethod, cache: DynamoCache): string | undefined {
  try {
    const name = nameOfMethod(method, instance.constructor);
    return cache.names.tryClaim(name, method.original, instance.constructor) ? name : undefined;
  } catch {
    // A class without a name of its own; the explorer refuses those it can see at start-up.
    return undefined;
  }
}
