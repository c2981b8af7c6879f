/** Which methods of a class are cached, how, and under which names. */
import type { CallOptions } from '../engine/call-options';
import { assertOwnName } from '../engine/function-names';
import type { Claim } from './own-name';

export interface CachedMethod {
  readonly propertyKey: string | symbol;
  /** The method as it was written. */
  readonly original: object;
  /** The name that was set; without one, keys start with `Class.method`. */
  readonly name: string | undefined;
  readonly options: CallOptions<readonly unknown[], unknown>;
  /** The latest one, kept here because every call asks for it. */
  claim?: Claim;
}

const byPrototype = new WeakMap<object, CachedMethod[]>();
const byOriginal = new WeakMap<object, CachedMethod>();

export function addCachedMethod(prototype: object, method: CachedMethod): void {
  byOriginal.set(method.original, method);
  const methods = byPrototype.get(prototype);
  if (methods) methods.push(method);
  else byPrototype.set(prototype, [method]);
}

/** The cached methods an instance answers with: its class's and inherited ones, without those that are overridden. */
export function cachedMethodsOf(instance: object): CachedMethod[] {
  const found: CachedMethod[] = [];
  const seen = new Set<string | symbol>();
  for (const prototype of prototypesOf(instance)) {
    const own = byPrototype.get(prototype)?.filter(({ propertyKey }) => !seen.has(propertyKey)) ?? [];
    found.push(...own);
    for (const key of Reflect.ownKeys(prototype)) seen.add(key);
  }
  return found;
}

/** The nearest cached method of that name; one that is overridden, too, because the override may call it. */
export function cachedMethodNamed(instance: object, propertyKey: string): CachedMethod | undefined {
  for (const prototype of prototypesOf(instance)) {
    const found = byPrototype.get(prototype)?.find((method) => method.propertyKey === propertyKey);
    if (found) return found;
  }
  return undefined;
}

/** All that caches a method of a class, the outermost first: several decorators, and those of what is overridden. */
export function cachingOf(instance: object, propertyKey: string | symbol): CachedMethod[] {
  return [...prototypesOf(instance)].flatMap((prototype) =>
    (byPrototype.get(prototype) ?? []).filter((method) => method.propertyKey === propertyKey).reverse(),
  );
}

/** The cached method behind a function that was written, such as the owner of a name. */
export function cachedMethodOf(original: object | undefined): CachedMethod | undefined {
  return original && byOriginal.get(original);
}

/**
 * The name of a method on one class. An inherited method is named by the class that runs it: two classes may share the
 * code and still answer differently.
 *
 * @throws InvalidOptionsError when the class has no name of its own
 */
export function nameOfMethod(method: CachedMethod, owner: { readonly name: string }): string {
  if (method.name !== undefined) return assertOwnName(method.name);
  return `${assertOwnName(owner.name)}.${String(method.propertyKey)}`;
}

/** From the class of an instance upwards. */
export function* prototypesOf(instance: object): Generator<object> {
  let prototype = Object.getPrototypeOf(instance) as object | null;
  while (prototype && prototype !== Object.prototype) {
    yield prototype;
    prototype = Object.getPrototypeOf(prototype) as object | null;
  }
}
