import type { Duration } from '../duration';

/** How one value is cached. */
export interface EntryOptions {
  /** How long the value is fresh, from when it was loaded or set. @default the cache's `ttl` */
  ttl?: Duration;
}

/** How one load is cached. */
export interface LoadOptions<R> extends EntryOptions {
  /** A result for which this returns true goes to the caller and is not kept. */
  unless?: (result: R) => boolean;
  /** Under which name `stats()` counts the call. @default none: counted in the totals only */
  name?: string;
}

/** How the calls of one function are cached. */
export interface CallOptions<A extends readonly unknown[], R> extends EntryOptions {
  /**
   * What tells one call from another, instead of all arguments: any data. The name of the function stays part of the
   * key, so two functions never meet.
   */
  key?: (...args: A) => unknown;
  /** Calls for which this returns false are not cached at all. */
  when?: (...args: A) => boolean;
  /** A result for which this returns true goes to the caller and is not kept. */
  unless?: (result: R) => boolean;
}

/** How a function is memoized. */
export interface MemoizeOptions<A extends readonly unknown[], R> extends CallOptions<A, R> {
  /** What keys start with; must be the function's own in this namespace. @default the function's name */
  name?: string;
}
