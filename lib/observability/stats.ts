/** What happened to calls, since the cache was made. */
export interface CallCounts {
  /** Answers that came out of the cache: the table, or the request scope. */
  hits: number;
  /** Of the hits, those that the request scope answered without a read. */
  scopeHits: number;
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

/** What happened between the cache and its table. */
export interface StoreCounts {
  /** Operations sent. */
  operations: number;
  /** Operations that failed or ran out of time. */
  failures: number;
  /** Operations not sent because the breaker was open. */
  refused: number;
  /** Evictions and puts that did not reach the table. */
  lostEvictions: number;
  /** Evictions that did. */
  evictions: number;
}

export interface CacheStats extends CallCounts {
  store: StoreCounts;
  breaker: 'closed' | 'open' | 'half-open';
  /** The counts of each method or memoized function, by name. */
  methods: Record<string, CallCounts>;
}

const MAX_METHODS = 2_000;

export class Counters {
  readonly total = noCalls();
  readonly store: StoreCounts = { operations: 0, failures: 0, refused: 0, lostEvictions: 0, evictions: 0 };
  private readonly methods = new Map<string, CallCounts>();

  /** Counts for the whole cache and, when the call has a name, for that name. */
  count(what: keyof CallCounts, method: string | undefined): void {
    this.total[what]++;
    if (method !== undefined) this.of(method)[what]++;
  }

  snapshot(breaker: CacheStats['breaker']): CacheStats {
    const methods: Record<string, CallCounts> = Object.create(null) as Record<string, CallCounts>;
    for (const [name, counts] of this.methods) methods[name] = { ...counts };
    return { ...this.total, store: { ...this.store }, breaker, methods };
  }

  private of(method: string): CallCounts {
    const known = this.methods.get(method);
    if (known) return known;
    const fresh = noCalls();
    if (this.methods.size < MAX_METHODS) this.methods.set(method, fresh);
    return fresh;
  }
}

function noCalls(): CallCounts {
  return {
    hits: 0,
    scopeHits: 0,
    misses: 0,
    loads: 0,
    joined: 0,
    loadErrors: 0,
    fills: 0,
    fillsDropped: 0,
    uncacheable: 0,
  };
}
