/**
 * How an instance with cached methods gets its application's cache: Nest injects it into a property that the decorator
 * puts on the prototype. The property is a setter in front of a WeakMap, so instances look untouched, frozen ones work,
 * and every instance has the cache of the application that made it.
 */
import { Inject, Optional } from '@nestjs/common';
import { DynamoCache } from '../engine/dynamo-cache';

const PROPERTY = Symbol('nestjs-dynamo-cache');
const engines = new WeakMap<object, DynamoCache>();

/** Asks Nest to inject the cache into instances of a class; optional, so that `new` and tests work without one. */
export function injectEngine(prototype: object): void {
  if (Object.hasOwn(prototype, PROPERTY)) return;
  Object.defineProperty(prototype, PROPERTY, {
    configurable: true,
    set(this: object, cache: unknown) {
      // A test may have put something else in the cache's place; then methods simply run.
      if (cache instanceof DynamoCache) bindEngine(this, cache);
    },
  });
  Optional()(prototype, PROPERTY);
  Inject(DynamoCache)(prototype, PROPERTY);
}

/** Whether something in the class of an instance, or above, is decorated. */
export function wantsEngine(instance: object): boolean {
  return PROPERTY in instance;
}

export function bindEngine(instance: object, cache: DynamoCache): void {
  engines.set(instance, cache);
}

/** Undoes `bindEngine`, unless another cache has taken over. */
export function releaseEngine(instance: object, cache: DynamoCache): void {
  if (engines.get(instance) === cache) engines.delete(instance);
}

export function engineOf(instance: unknown): DynamoCache | undefined {
  return typeof instance === 'object' && instance !== null ? engines.get(instance) : undefined;
}
