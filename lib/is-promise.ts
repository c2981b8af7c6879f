/**
 * Whether there is something to wait for. By `then` and not by `instanceof`: what an async function returns is the
 * language's own promise, also where a program has put zone.js' or bluebird's in the place of `Promise`.
 */
export function isPromise<T>(value: T): value is Extract<T, Promise<unknown>> {
  return typeof (value as { readonly then?: unknown } | undefined | null)?.then === 'function';
}
