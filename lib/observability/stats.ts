/** Middle and tail of what was measured, in milliseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

/** What happened to calls, since the cache was made. */
export interface CallCounts {
  /** Fresh answers out of the cache: the table, the memory tier or the request scope. */
  hits: number;
  /** Of the hits, those that the request scope answered without a read. */
  scopeHits: number;
  /** Of the hits, those that the memory tier answered without a read. */
  memoryHits: number;
  /** Answers that stood in past their life. */
  stale: number;
  /** Calls that found nothing to serve. */
  misses: number;
  /** Loader calls. */
  loads: number;
  /** Calls that shared somebody else's load. */
  joined: number;
  /** Loads that threw. */
  loadErrors: number;
  /** Values written after a load. */
  fills: number;
  /** Values not written because an eviction or another writer came first. */
  fillsDropped: number;
  /** Calls whose arguments or result cannot be kept. */
  uncacheable: number;
}

/**
 * What calls cost and spared. Units are reckoned by the exact sizes of the items, as DynamoDB rounds them, or are what
 * it says it charged (`trackCapacity`). Everything counts: evictions, leases and who waits for one, late retries, failed
 * conditions. A request that got no answer does not, because nobody knows whether it was charged.
 */
export interface CallStats extends CallCounts {
  /** Read capacity units. */
  readUnits: number;
  /** Write capacity units. */
  writeUnits: number;
  /** Of the items read from and written to the table, as DynamoDB counts them. */
  bytes: number;
  /** What the units cost on demand in us-east-1, US dollars. */
  estimatedCost: number;
  /** What the calls that did not load would have taken at the mean duration of those that did. */
  loaderMsSaved: number;
  loaderMs: Percentiles;
  /** What a hit takes, read included. A small value that was in this process counts as a microsecond, unmeasured. */
  hitMs: Percentiles;
}

/** What happened between the cache and its table. */
export interface StoreCounts {
  /** Operations sent. */
  operations: number;
  /** Operations that failed or ran out of time. */
  failures: number;
  /** Operations not sent because the breaker was open. */
  refused: number;
  /** Evictions that reached the table. */
  evictions: number;
  /** Evictions and puts that did not reach the table at first and are tried again. */
  lateEvictions: number;
  /** Evictions that were given up: the old value may be served until it expires. */
  lostEvictions: number;
}

/** What `stats()` answers: since the cache was made, in all namespaces of this process. */
export interface CacheStats extends CallStats {
  store: StoreCounts;
  breaker: 'closed' | 'open' | 'half-open';
  /**
   * The same for each method or memoized function, by name. What a request was for several of them is shared out; what
   * is no method's, such as the eviction of a tag, is in the totals alone.
   */
  methods: Record<string, CallStats>;
}
