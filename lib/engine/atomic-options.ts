import type { Duration } from '../duration';

/** How a counter is kept. */
export interface CounterOptions {
  /** How long the counter lives, from its first increment. @default the cache's `ttl` */
  ttl?: Duration;
  /** Whether each increment begins that life anew, so that only a pause of `ttl` ends it. @default false */
  renew?: boolean;
  /** Tags the counter depends on: `evictTags` of one of them makes it begin anew. @default none */
  tags?: readonly string[];
}

/** How a lock is taken. */
export interface LockOptions {
  /** How long it is held at most, unless it is extended: longer than the work inside, with room for a slow network. */
  ttl: Duration;
  /** How long to wait for whoever holds it. @default none: one try */
  wait?: Duration;
  /** Ends the waiting; the call then rejects with its reason. @default none */
  signal?: AbortSignal;
}

/** A lock that was taken. */
export interface Lock {
  /**
   * Greater than that of whoever held the lock before. A resource that refuses smaller ones than it has seen is safe
   * even from a holder that was frozen past its time.
   */
  readonly token: number;
  /** Whether its time, by this process's own clock, is not over and it was not let go of. */
  readonly isHeld: boolean;
  /**
   * Holds it for another `ttl` from now.
   *
   * @returns false when it was lost: somebody else holds it, or did
   * @throws AtomicOperationError when the table was not reached; it then ends as it would have, or later
   */
  extend(ttl?: Duration): Promise<boolean>;
  /** Lets go of it, if it is still held. Never rejects: where the table cannot be reached, it ends by itself. */
  release(): Promise<void>;
}
