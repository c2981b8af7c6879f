/** What the decorators have in common: where they may stand, and what becomes of the method. */
import { copyIdentity } from './copy-identity';
import { recordDecorator } from './decorator-order';
import { type AnyMethod, methodToDecorate } from './definition';
import type { CacheableMethodDecorator, DecoratorName } from './dynamo-cacheable.types';
import { injectEngine } from './engine-binding';
import { type ResultKind, declaredKind, rememberKind } from './result-kind';

/** Where a decorator stands. */
export interface Place {
  readonly prototype: object;
  readonly propertyKey: string | symbol;
  /** What the method returns, where something says so beforehand. */
  readonly kind: ResultKind | undefined;
}

/**
 * Replaces a method, keeping its name and metadata, and asks Nest for the cache.
 *
 * @throws InvalidOptionsError, when the class is defined, on anything but an instance method
 */
export function decorateMethod<
  A extends readonly any[] = any[],
  R = any,
  D extends DecoratorName = '@DynamoCacheable',
>(decorator: D, wrap: (original: AnyMethod, place: Place) => AnyMethod): CacheableMethodDecorator<A, R, D> {
  return (prototype: object, propertyKey: string | symbol, descriptor: PropertyDescriptor) => {
    replaceMethod(decorator, prototype, propertyKey, descriptor, wrap);
  };
}

/** `decorateMethod` without what the compiler says of it. */
export function replaceMethod(
  decorator: string,
  prototype: object,
  propertyKey: string | symbol,
  descriptor: PropertyDescriptor,
  wrap: (original: AnyMethod, place: Place) => AnyMethod,
): void {
  const original = methodToDecorate(decorator, prototype, propertyKey, descriptor);
  const kind = declaredKind(original, prototype, propertyKey);
  const wrapper = wrap(original, { prototype, propertyKey, kind });
  copyIdentity(original, wrapper);
  rememberKind(wrapper, kind);
  descriptor.value = wrapper;
  recordDecorator(prototype, propertyKey, decorator);
  injectEngine(prototype);
}
