import type { DynamoCache } from '../engine/dynamo-cache';
import type { FunctionNames } from '../engine/function-names';
import { type CachedMethod, nameOfMethod } from './cached-methods';

interface Claim {
  readonly owner: object;
  readonly name: string | undefined;
}

/** The latest claim of each method in each application's names: once decided, it stands. */
const claims = new WeakMap<FunctionNames, WeakMap<CachedMethod, Claim>>();

/** The name of the method on this instance; undefined when another method owns it, and their values would mix. */
export function ownName(instance: object, method: CachedMethod, cache: DynamoCache): string | undefined {
  const owner = instance.constructor;
  const ofCache = claimsIn(cache.names);
  const known = ofCache.get(method);
  if (known?.owner === owner) return known.name;
  const name = claimName(owner, method, cache);
  ofCache.set(method, { owner, name });
  return name;
}

function claimsIn(names: FunctionNames): WeakMap<CachedMethod, Claim> {
  const known = claims.get(names);
  if (known) return known;
  const made = new WeakMap<CachedMethod, Claim>();
  claims.set(names, made);
  return made;
}

function claimName(
  owner: { readonly name: string },
  method: CachedMethod,
  cache: DynamoCache,
): string | undefined {
  try {
    const name = nameOfMethod(method, owner);
    return cache.names.tryClaim(name, method.original, owner) ? name : undefined;
  } catch {
    // A class without a name of its own; the explorer refuses those it can see at start-up.
    return undefined;
  }
}
