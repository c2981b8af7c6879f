/** What the decorators have in common: where they may stand, and the wrapping of what a method returns. */
import { type Observable, concat, concatMap, defer, from, ignoreElements, isObservable, tap } from 'rxjs';
import { copyIdentity } from './copy-identity';
import { type AnyMethod, methodToDecorate } from './definition';
import type { CacheableMethodDecorator } from './dynamo-cacheable.types';
import { injectEngine } from './engine-binding';
import type { ResultKind } from './result-kind';

/**
 * Replaces a method, keeping its name and metadata, and asks Nest for the cache.
 *
 * @throws InvalidOptionsError, when the class is defined, on anything but an instance method
 */
export function decorateMethod<A extends readonly any[] = any[], R = any>(
  decorator: string,
  wrap: (original: AnyMethod, prototype: object, propertyKey: string | symbol) => AnyMethod,
): CacheableMethodDecorator<A, R> {
  return (target: object, propertyKey: string | symbol, descriptor: PropertyDescriptor) => {
    const original = methodToDecorate(decorator, target, propertyKey, descriptor);
    const wrapper = wrap(original, target, propertyKey);
    copyIdentity(original, wrapper);
    descriptor.value = wrapper;
    injectEngine(target);
  };
}

/** Work around a method: ahead of it, or when it has succeeded, with its result; the last value of an Observable. */
export interface Around {
  before?(): Promise<void>;
  after?(result: unknown): Promise<void>;
}

/**
 * Runs a method with work around it; what it returns settles when the work has. Where nothing says beforehand what the
 * method returns, the work ahead of it begins first and is awaited with it.
 */
export function runAround(
  run: () => unknown,
  kind: ResultKind | undefined,
  { before, after }: Around,
): unknown {
  if (before && kind === 'promise') return before().then(run);
  const begun = before?.();
  const result = run();
  if (isObservable(result)) {
    const source = begun ? from(begun).pipe(concatMap(() => result)) : result;
    return after ? endWith(source, after) : source;
  }
  return (async () => {
    await begun;
    const value = await result;
    await after?.(value);
    return value;
  })();
}

// Emits as the source does, and completes when the work with its last value is done; without a value there is none.
function endWith(source: Observable<unknown>, after: (last: unknown) => Promise<void>): Observable<unknown> {
  return defer(() => {
    let latest: { readonly value: unknown } | undefined;
    const work = defer(async () => {
      if (latest) await after(latest.value);
    }).pipe(ignoreElements());
    return concat(source.pipe(tap((value) => (latest = { value }))), work);
  });
}
