import type { DynamoCache } from '../engine/dynamo-cache';
import type { FunctionNames } from '../engine/function-names';
import { type CachedMethod, nameOfMethod } from './cached-methods';

/** Which name a method has, for which class and in which cache. Once decided, it stands. */
export interface Claim {
  readonly names: FunctionNames;
  readonly owner: object;
  readonly name: string | undefined;
}

/** The name of the method on this instance; undefined when another method owns it, and their values would mix. */
export function ownName(instance: object, method: CachedMethod, cache: DynamoCache): string | undefined {
  const { names } = cache;
  const owner = instance.constructor;
  const known = method.claim;
  if (known?.names === names && known.owner === owner) return known.name;
  const name = claimName(names, owner, method);
  method.claim = { names, owner, name };
  return name;
}

function claimName(
  names: FunctionNames,
  owner: { readonly name: string },
  method: CachedMethod,
): string | undefined {
  try {
    const name = nameOfMethod(method, owner);
    return names.tryClaim(name, method.original, owner) ? name : undefined;
  } catch {
    // A class without a name of its own; the explorer refuses those it can see at start-up.
    return undefined;
  }
}
