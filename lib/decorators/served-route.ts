/**
 * A route handler with `@DynamoCacheable` that runs under the interceptor is cached by the interceptor, or not at all:
 * its wrapper would keep the result by the arguments alone, and hand one user's to the next.
 */
import { AsyncVariable } from '../engine/async-variable';
import type { CachedMethod } from './cached-methods';

/** One run of a handler under the interceptor. */
export interface ServedRoute {
  /** Which wrappers have not been called yet. Each steps aside once: calls that the handler makes are calls like others. */
  readonly expected: Set<CachedMethod>;
  /** What the handler was called with, once it was. */
  args?: readonly unknown[];
}

const serving = new AsyncVariable<ServedRoute>();
let isUsed = false;

/** Runs a handler; one without decorators has nothing that could step aside. */
export function serveRoute<T>(route: ServedRoute, body: () => T): T {
  if (route.expected.size === 0) return body();
  isUsed = true;
  return serving.run(route, body);
}

/** Whether the handler is about to run under the interceptor, none of these wrappers having been called yet. */
export function isServing(caching: readonly CachedMethod[]): boolean {
  const route = isUsed ? serving.get() : undefined;
  return route !== undefined && caching.every((method) => route.expected.has(method));
}

/** Whether this call is the handler's under the interceptor. */
export function isServed(method: CachedMethod, args: readonly unknown[]): boolean {
  const route = isUsed ? serving.get() : undefined;
  if (!route?.expected.delete(method)) return false;
  route.args ??= args;
  return true;
}
