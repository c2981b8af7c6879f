import type { Duration } from '../duration';

/** How one value is kept. */
export interface EntryOptions<R = unknown> {
  /**
   * How long the value is fresh, from when it was loaded or set. A function is asked with the result; when it returns
   * `false`, the result is not kept.
   * @default the cache's `ttl`
   */
  ttl?: Duration | ((result: R) => Duration | false);
  /** Tags the value depends on: `evictTags` of one of them makes the value gone. @default none */
  tags?: readonly string[];
  /**
   * How long past its life a value is served while one refresh runs behind it (RFC 5861); 0 or `false` for not at all.
   * @default the cache's, 0
   */
  staleWhileRevalidate?: Duration | false;
  /**
   * How long past its life a value stands in for a failing loader (RFC 5861), and with `{ for, when }` for which errors;
   * 0 or `false` for not at all.
   * @default the cache's, 0
   */
  staleIfError?: Duration | false | StaleIfError<R>;
  /**
   * The share of a life that chance may take off, so that values do not all end at once: 0.1; 0 or `false` for none.
   * @default the cache's, 0
   */
  jitter?: number | false;
}

/**
 * For how long, and for which errors of its loader, a value past its life is served instead.
 *
 * @example
 * const staleIfError = { for: '1d', when: (error: unknown) => !(error instanceof RangeError) } as const;
 * await cache.getOrLoad('menu:7', () => loadMenu(7), { ttl: '10m', staleIfError });
 */
export interface StaleIfError<R = unknown> {
  /** How long past its life. A function is asked with the result; `false`, or when it throws: not at all. */
  for: Duration | ((result: R) => Duration | false);
  /**
   * Whether the value stands in for this error. One that is an answer, such as a refusal, then reaches the caller. Not
   * asked while the value is served without a load: as long as it is fresh, within `staleWhileRevalidate`, or where
   * `loaderTimeout.soft` is over or another process has the lease. When it throws, the loader's own error is thrown.
   * @default for every error
   */
  when?: (error: unknown) => boolean;
}

/** How long a loader may take. */
export interface LoaderTimeout {
  /** After this a stale value within `staleIfError` is served; the load goes on and fills. @default never */
  soft?: Duration;
  /** After this the caller is rejected with a `LoaderTimeoutError`; the load goes on and fills. @default never */
  hard?: Duration;
}

/** How one load is cached. */
export interface LoadOptions<R> extends EntryOptions<R> {
  /**
   * The spent share of a life from which a hit refreshes in the background: 0.8; 0 or `false` for never.
   * @default the cache's, never
   */
  refreshAhead?: number | false;
  /**
   * Whether the whole fleet loads the key once at a time; a duration says how long the right to load is held at most.
   * @default the cache's, false; `true` is '10s'
   */
  lease?: boolean | Duration;
  /** How long the loader may take. @default the cache's, unlimited */
  loaderTimeout?: LoaderTimeout;
  /** A result for which this returns true goes to the caller and is not kept. */
  unless?: (result: R) => boolean;
  /** How long an error is kept and thrown at callers; `false` for those that are not. @default no error is kept */
  cacheErrors?: (error: unknown) => Duration | false;
  /** Under which name `stats()` counts the call. @default none: counted in the totals only */
  name?: string;
}

/** How the calls of one function are cached. */
export interface CallOptions<A extends readonly unknown[], R> extends Omit<LoadOptions<R>, 'name' | 'tags'> {
  /**
   * What tells one call from another, instead of all arguments: any data. The name of the function stays part of the
   * key, so two functions never meet.
   */
  key?: (...args: A) => unknown;
  /** Calls for which this returns false are not cached at all. */
  when?: (...args: A) => boolean;
  /** Tags the result depends on, by the call's arguments. @default none */
  tags?: readonly string[] | ((...args: A) => readonly string[]);
}

/** How a function is memoized. */
export interface MemoizeOptions<A extends readonly unknown[], R> extends CallOptions<A, R> {
  /** What keys start with; must be the function's own in this namespace. @default the function's name */
  name?: string;
}
