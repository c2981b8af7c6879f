import { UncacheableValueError } from '../codec/codec-errors';
import type { Duration } from '../duration';
import { durationMs, looksLikeSeconds } from '../duration';
import { OnceLog } from '../observability/logger';
import { type CacheStats, Counters } from '../observability/stats';
import type { Entry } from '../tiers/entry';
import type { EntryStore } from '../tiers/entry-store';
import { CachedCalls } from './cached-calls';
import type { CallOptions, EntryOptions, LoadOptions, MemoizeOptions } from './call-options';
import type { EngineOptions } from './engine-options';
import { EvictionLog } from './eviction-log';
import { type Flight, Flights, type Loaded, type Seen } from './flights';
import { FunctionNames, assertOwnName } from './function-names';
import { InFlight } from './in-flight';
import { labelOf } from './label';
import { Reader } from './reader';
import { RequestScopes } from './request-scope';
import { StoreGuard } from './store-guard';
import { Writer } from './writer';

type Loader<T> = () => T | Promise<T>;

/**
 * The cache. Whatever happens to DynamoDB, a call gets its loader's result or its loader's own error; nothing else is
 * ever thrown at it.
 *
 * @example
 * const cache = createDynamoCache({ table: 'cache-prod', ttl: '10m' });
 * const menu = await cache.getOrLoad('menu:7', () => loadMenu(7), { ttl: '1h' });
 * await cache.delete('menu:7');
 */
export class DynamoCache {
  private readonly counters = new Counters();
  private readonly inFlight = new InFlight();
  private readonly scopes = new RequestScopes();
  private readonly log: OnceLog;
  private readonly guard: StoreGuard;
  private readonly flights: Flights;
  private readonly reader: Reader;
  private readonly writer: Writer;
  private readonly calls: CachedCalls;

  /** Which function owns which name in this cache. */
  readonly names = new FunctionNames();

  /** Made by `createDynamoCache` or by `DynamoCacheModule`. */
  constructor(
    private readonly store: EntryStore,
    private readonly options: EngineOptions,
  ) {
    const { clock } = options;
    this.log = new OnceLog(options.logger);
    this.guard = new StoreGuard(
      { timeoutMs: options.timeoutMs, ...options.breaker, clock },
      this.counters.store,
      this.log,
    );
    this.flights = new Flights(() => clock.monotonic());
    const evictions = new EvictionLog(() => clock.monotonic());
    this.reader = new Reader(store, this.guard, this.scopes, evictions, options);
    this.writer = new Writer(store, this.guard, evictions, this.flights, this.counters, this.log, options);
    this.calls = new CachedCalls(this, this.counters, this.log);
  }

  /**
   * The value under a key; loaded, and kept, when there is none. Concurrent calls share one load, or its error.
   *
   * @param loader runs at most once for this call
   * @throws what the loader throws, unchanged
   * @example await cache.getOrLoad('menu:7', () => loadMenu(7), { ttl: '1h' });
   */
  async getOrLoad<T>(key: string, loader: Loader<T>, options: LoadOptions<T> = {}): Promise<T> {
    const ttlMs = this.ttlMs(options.ttl);
    const { found, fromScope } = await this.reader.find(key);
    if (found.hit) {
      const hit = this.decode(key, found.entry.bytes);
      if (hit) return this.countHit(hit.value as T, fromScope, options.name);
    }
    this.counters.count('misses', options.name);
    const seen: Seen = found.hit ? { known: true, version: found.entry.version } : found.seen;
    const flight = this.flights.find(key, seen);
    if (flight) return this.join(key, flight, loader, options);
    return this.inFlight.track(this.lead(key, seen, loader, ttlMs, options));
  }

  /**
   * The value under a key, or `undefined` when there is none to serve or the table cannot be read.
   *
   * @example const menu = await cache.get<Menu>('menu:7');
   */
  async get<T>(key: string): Promise<T | undefined> {
    const { found, fromScope } = await this.reader.find(key);
    const hit = found.hit ? this.decode(key, found.entry.bytes) : undefined;
    if (hit) return this.countHit(hit.value as T, fromScope, undefined);
    this.counters.count('misses', undefined);
    return undefined;
  }

  /** The entry under a key, still encoded; for doors that decode by themselves. */
  async getEntry(key: string): Promise<Entry | undefined> {
    const { found, fromScope } = await this.reader.find(key);
    if (found.hit) return this.countHit(found.entry, fromScope, undefined);
    this.counters.count('misses', undefined);
    return undefined;
  }

  /**
   * Keeps a value whatever stood there. A value that cannot be kept evicts the old one, which it was to replace.
   *
   * @returns whether the value stands in the table now; false when DynamoDB was not reached
   * @throws InvalidOptionsError when the `ttl` is not a duration
   * @example await cache.set('menu:7', menu, { ttl: '1h' });
   */
  async set(key: string, value: unknown, options: EntryOptions = {}): Promise<boolean> {
    const ttlMs = this.ttlMs(options.ttl);
    const bytes = this.encode(value, labelOf(key), undefined);
    return this.setBytes(key, bytes, ttlMs);
  }

  /** Keeps an already encoded value; without bytes, evicts. */
  async setBytes(key: string, bytes: Uint8Array | undefined, ttlMs: number): Promise<boolean> {
    if (!bytes) {
      await this.inFlight.track(this.writer.evict(key));
      return false;
    }
    const entry = this.writer.entry(bytes, this.writer.start(), Math.min(ttlMs, this.options.maxTtlMs));
    return this.inFlight.track(this.writer.put(key, entry));
  }

  /**
   * Evicts a key. Once this resolves, no load that began before is served or written any more.
   *
   * @returns whether there was a value; false, too, when DynamoDB was not reached
   * @example await cache.delete('menu:7');
   */
  delete(key: string): Promise<boolean> {
    return this.inFlight.track(this.writer.evict(key));
  }

  /**
   * Evicts every value of this namespace, or those whose keys start with `prefix`. Reads the whole table once, page by
   * page, so it is meant for emergencies and tests.
   *
   * @throws when DynamoDB fails: a flush that was half done is not kept quiet
   * @example await cache.clear();
   */
  clear(prefix = ''): Promise<void> {
    return this.inFlight.track(this.writer.evictAll(prefix));
  }

  /**
   * The same function, cached.
   *
   * @throws InvalidOptionsError when the name is missing, shortened by a bundler, or taken by another function
   * @example const summaryMemo = cache.memoize(summary, { name: 'summary', ttl: '10m' });
   */
  memoize<A extends readonly unknown[], R>(
    fn: (...args: A) => R | Promise<R>,
    options: MemoizeOptions<A, R> = {},
  ): (...args: A) => Promise<R> {
    const name = assertOwnName(options.name ?? fn.name);
    if (options.ttl !== undefined) durationMs(options.ttl, 'ttl');
    this.names.claim(name, fn);
    return (...args) => this.call(name, options, args, async () => fn(...args));
  }

  /** One call of a cached function; what decorators and `memoize` stand on. */
  call<A extends readonly unknown[], R>(
    name: string,
    options: CallOptions<A, R>,
    args: A,
    run: () => Promise<R>,
  ): Promise<R> {
    return this.calls.call(name, options, args, run);
  }

  /**
   * Runs code in a request scope of its own: inside, each key is read from DynamoDB at most once. For cron jobs and
   * queue workers; HTTP requests have theirs already.
   *
   * @example await cache.runInScope(() => sendReports());
   */
  runInScope<T>(body: () => T): T {
    return this.options.requestScope ? this.scopes.run(body) : body();
  }

  /** Whether the running code has a request scope, or the cache is told to do without. */
  get isInScope(): boolean {
    return !this.options.requestScope || this.scopes.current() !== undefined;
  }

  /** What happened since the cache was made. */
  stats(): CacheStats {
    return this.counters.snapshot(this.guard.state);
  }

  /** Start-up work: creates or checks the table when `createTable` is set, else nothing. */
  prepare(): Promise<void> {
    return this.store.prepare();
  }

  /** Waits for loads and writes under way, at most `drainTimeout`, then lets go of a client that the cache made. */
  async close(): Promise<void> {
    const isDrained = await this.inFlight.drain(this.options.drainTimeoutMs);
    if (!isDrained)
      this.log.warn('drain', 'Closed with loads or writes still under way: drainTimeout ran out.');
    await this.store.close();
  }

  private async lead<T>(
    key: string,
    seen: Seen,
    loader: Loader<T>,
    ttlMs: number,
    options: LoadOptions<T>,
  ): Promise<T> {
    const start = this.writer.start();
    const mark = this.reader.mark();
    const flight = this.flights.start(key, seen, () => this.load(key, loader, options.name));
    try {
      const { value, bytes } = await flight.loaded;
      if (bytes && !this.calls.holds(options.unless, value as T, 'unless', key)) {
        const entry = this.writer.entry(bytes, start, ttlMs);
        this.reader.remember(key, { found: { hit: true, entry }, mark });
        const isFilled = await this.writer.fill(key, entry, flight, start);
        this.counters.count(isFilled ? 'fills' : 'fillsDropped', options.name);
      }
      return value as T;
    } finally {
      this.flights.end(key, flight);
    }
  }

  private async load(key: string, loader: () => unknown, name: string | undefined): Promise<Loaded> {
    this.counters.count('loads', name);
    try {
      const value = await loader();
      return { value, bytes: this.encode(value, labelOf(key), name) };
    } catch (error) {
      this.counters.count('loadErrors', name);
      throw error;
    }
  }

  // Each joiner gets a copy of its own. A result that cannot be copied, such as a stream, cannot be shared either.
  private async join<T>(
    key: string,
    flight: Flight,
    loader: Loader<T>,
    { name }: LoadOptions<T>,
  ): Promise<T> {
    this.counters.count('joined', name);
    const { bytes } = await flight.loaded;
    const copy = bytes && this.decode(key, bytes);
    if (copy) return copy.value as T;
    this.counters.count('loads', name);
    return loader();
  }

  private encode(value: unknown, label: string, name: string | undefined): Uint8Array | undefined {
    try {
      return this.options.codec.encode(value);
    } catch (error) {
      this.counters.count('uncacheable', name);
      const why = error instanceof UncacheableValueError ? error.message : 'its encoding failed.';
      this.log.warn(`uncacheable:${label}`, `A result of ${label} is not cached: ${why}`);
      return undefined;
    }
  }

  // Bytes that cannot be decoded are a miss: the next fill replaces them.
  private decode(key: string, bytes: Uint8Array): { readonly value: unknown } | undefined {
    try {
      return { value: this.options.codec.decode(bytes) };
    } catch (error) {
      const why = error instanceof Error ? error.message : 'unknown failure.';
      const label = labelOf(key);
      this.log.warn(
        `undecodable:${label}`,
        `A stored value of ${label} cannot be read and is loaded again: ${why}`,
      );
      return undefined;
    }
  }

  private countHit<T>(value: T, fromScope: boolean, name: string | undefined): T {
    this.counters.count('hits', name);
    if (fromScope) this.counters.count('scopeHits', name);
    return value;
  }

  private ttlMs(ttl: Duration | undefined): number {
    if (ttl === undefined) return this.options.ttlMs;
    const ttlMs = Math.min(durationMs(ttl, 'ttl'), this.options.maxTtlMs);
    if (looksLikeSeconds(ttl)) {
      this.log.warn(
        `short-ttl:${ttl}`,
        `A ttl of ${ttl} is ${ttl} milliseconds. If seconds are meant, write '${ttl}s'.`,
      );
    }
    return ttlMs;
  }
}
