/**
 * What a method returns has to be known before it runs, because a hit must look the same. An async function says so
 * itself; otherwise TypeScript's metadata of the declared return type does; otherwise the first call is let through
 * uncached and its result tells.
 */
import { Observable, isObservable } from 'rxjs';
import { types } from 'node:util';

export type ResultKind = 'promise' | 'observable' | 'other';

// A wrapper of ours is no async function, even where it stands for one.
const ofWrappers = new WeakMap<object, ResultKind>();

export function rememberKind(wrapper: object, kind: ResultKind | undefined): void {
  if (kind) ofWrappers.set(wrapper, kind);
}

export function declaredKind(
  original: object,
  prototype: object,
  propertyKey: string | symbol,
): ResultKind | undefined {
  if (types.isAsyncFunction(original)) return 'promise';
  const known = ofWrappers.get(original);
  if (known) return known;
  const declared: unknown = Reflect.getMetadata('design:returntype', prototype, propertyKey);
  if (declared === Promise) return 'promise';
  if (
    declared === Observable ||
    (typeof declared === 'function' && declared.prototype instanceof Observable)
  ) {
    return 'observable';
  }
  return undefined;
}

export function kindOfResult(result: unknown): ResultKind {
  if (isObservable(result)) return 'observable';
  return typeof (result as PromiseLike<unknown> | undefined | null)?.then === 'function'
    ? 'promise'
    : 'other';
}
