/** Cached methods that another decorator refers to by name. */
import type { CallOptions } from '../engine/call-options';
import type { DynamoCache } from '../engine/dynamo-cache';
import { cachedMethodNamed, cachedMethodOf, nameOfMethod, prototypesOf } from './cached-methods';

/** What a decorator was told, and where it stands. */
export interface MethodReference {
  readonly decorator: string;
  readonly propertyKey: string | symbol;
  /** A method of the instance's class, or the name of any: `Class.method` or a name that was set. */
  readonly method: string;
}

export interface CallReference {
  /** The name keys start with. */
  readonly name: string;
  /** How its calls are cached; keys and tags come out of these. */
  readonly options: CallOptions<readonly unknown[], unknown>;
}

const byPrototype = new WeakMap<object, MethodReference[]>();

/** Remembers a reference, so that start-up can look whether the method exists. */
export function addReference(prototype: object, reference: MethodReference): void {
  const references = byPrototype.get(prototype);
  if (references) references.push(reference);
  else byPrototype.set(prototype, [reference]);
}

/** What the decorators of an instance's class, and of those it inherits from, refer to. */
export function referencesOf(instance: object): MethodReference[] {
  return [...prototypesOf(instance)].flatMap((prototype) => byPrototype.get(prototype) ?? []);
}

/** Names come out of the instance's class first; what is none of its cached methods is the name of another's. */
export function referTo(cache: DynamoCache, instance: object, method: string): CallReference {
  const own = cachedMethodNamed(instance, method);
  if (own) return { name: nameOfMethod(own, instance.constructor), options: own.options };
  return { name: method, options: cachedMethodOf(cache.names.ownerOf(method))?.options ?? {} };
}

/** Whether a reference leads to a cached method, as far as this application knows. */
export function isKnown(cache: DynamoCache, instance: object, { method }: MethodReference): boolean {
  return cachedMethodNamed(instance, method) !== undefined || cache.names.ownerOf(method) !== undefined;
}
