/** Where a decorator may stand, checked when the class is defined. */
import { types } from 'node:util';
import { InvalidOptionsError } from '../invalid-options-error';

export type AnyMethod = (this: unknown, ...args: unknown[]) => unknown;

/**
 * The method that stands where the decorator was put.
 *
 * @throws InvalidOptionsError when that is no method whose result can be cached
 */
export function methodToDecorate(
  decorator: string,
  target: object,
  propertyKey: string | symbol,
  descriptor: PropertyDescriptor | undefined,
): AnyMethod {
  if (typeof propertyKey === 'object') {
    throw new InvalidOptionsError(
      decorator,
      'set "experimentalDecorators": true in tsconfig, as Nest needs it',
    );
  }
  const original: unknown = descriptor?.value;
  const isStatic = typeof target === 'function';
  if (typeof original === 'function' && !isStatic && !types.isGeneratorFunction(original)) {
    return original as AnyMethod;
  }
  const place = `${isStatic ? target.name : target.constructor.name}.${String(propertyKey)}`;
  throw new InvalidOptionsError(
    decorator,
    `${place} is ${describe(original, isStatic)}: put it on an instance method that returns a Promise or an Observable`,
  );
}

function describe(original: unknown, isStatic: boolean): string {
  if (typeof original !== 'function') return 'no method';
  return isStatic ? 'static' : 'a generator';
}
