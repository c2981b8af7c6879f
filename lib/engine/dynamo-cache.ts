import { NAMESPACE_STAMP, methodStamp, tagStamp } from '../key/addresses';
import type { OnceLog } from '../observability/logger';
import type { CacheStats } from '../observability/stats';
import type { Entry } from '../tiers/entry';
import type { EntryStore } from '../tiers/entry-store';
import type { CounterOptions, Lock, LockOptions } from './atomic-options';
import { CachedCalls } from './cached-calls';
import type { CallOptions, EntryOptions, LoadOptions, MemoizeOptions } from './call-options';
import { Counters } from './counters';
import { Engine } from './engine';
import type { EngineOptions } from './engine-options';
import { NO_STALE, freshnessOf } from './freshness';
import { type FunctionNames, assertOwnName } from './function-names';
import { labelOf } from './label';
import { Locks } from './locks';
import type { ManyOptions, ManyResults } from './many-calls';
import { isFailure } from './outcome';
import { type Policy, policyFor, resolvePolicy } from './policy';
import { RouteCalls } from './route-calls';
import { Targets } from './targets';

const NO_OPTIONS = Object.freeze({});

/**
 * The cache. Whatever happens to DynamoDB, a call gets its loader's result or its loader's own error; nothing else is
 * ever thrown at it. `add`, `increment` and `lock` alone throw for the table's sake: only the table knows who was first.
 *
 * @example
 * const cache = createDynamoCache({ table: 'cache-prod', ttl: '10m' });
 * const menu = await cache.getOrLoad('menu:7', () => loadMenu(7), { ttl: '1h' });
 * await cache.delete('menu:7');
 */
export class DynamoCache {
  private readonly engine: Engine;
  private readonly targets: Targets;
  private readonly calls: CachedCalls;
  private readonly counters: Counters;
  private readonly locks: Locks;
  /** Of calls without options. */
  private readonly policy: Policy;

  /** What the HTTP cache stands on. */
  readonly routes: RouteCalls;

  /** Made by `createDynamoCache` or by `DynamoCacheModule`. */
  constructor(store: EntryStore, options: EngineOptions, engine = new Engine(store, options)) {
    this.engine = engine;
    this.targets = new Targets(options.namespace, options.version);
    this.calls = new CachedCalls(engine, this.targets);
    this.counters = new Counters(engine);
    this.locks = new Locks(engine);
    this.policy = resolvePolicy(NO_OPTIONS, options.policy);
    this.routes = new RouteCalls({
      engine,
      targetOf: (key, tags, name) => this.calls.tryTarget(key, tags, name),
      policyOf: (options) => this.calls.policyOf(options),
    });
  }

  /** Which function owns which name in this cache. */
  get names(): FunctionNames {
    return this.engine.names;
  }

  /** Where the cache says each thing once. */
  get log(): OnceLog {
    return this.engine.log;
  }

  /** Whether what was to be evicted and could not be is thrown. */
  get isStrict(): boolean {
    return this.engine.options.strict;
  }

  /**
   * The value under a key; loaded, and kept, when there is none. Concurrent calls share one load, or its error.
   *
   * @param loader runs at most once for this call
   * @throws what the loader throws, unchanged; a LoaderTimeoutError with `loaderTimeout.hard`
   * @example await cache.getOrLoad('menu:7', () => loadMenu(7), { ttl: '1h', tags: ['restaurant:7'] });
   */
  async getOrLoad<T>(
    key: string,
    loader: () => T | Promise<T>,
    options: LoadOptions<T> = NO_OPTIONS,
  ): Promise<T> {
    const policy = options === NO_OPTIONS ? this.policy : resolvePolicy(options, this.engine.options.policy);
    this.calls.warnOfSeconds(options.ttl);
    const target = this.calls.tryTarget(key, options.tags, options.name);
    if (!target) return loader();
    const subject = { label: target.label, name: options.name };
    return this.engine.loads.load({ target, policy, loader, subject });
  }

  /**
   * The value under a key, or `undefined` when there is none that is fresh, or the table cannot be read.
   *
   * @example const menu = await cache.get<Menu>('menu:7');
   */
  async get<T>(key: string): Promise<T | undefined> {
    const outcome = await this.findValue(key);
    return outcome?.value as T | undefined;
  }

  /** The fresh entry under a key, still encoded; for doors that decode by themselves. */
  getEntry(key: string): Promise<Entry | undefined> {
    return this.findFresh(key, (entry) => entry);
  }

  /**
   * The values of several keys that have one, in one round trip. What is missing, is missing from the map.
   *
   * @example const menus = await cache.getMany<Menu>(['menu:7', 'menu:8']);
   */
  async getMany<T>(keys: readonly string[]): Promise<Map<string, T>> {
    const found = new Map<string, T>();
    await Promise.all(
      [...new Set(keys)].map(async (key) => {
        const outcome = await this.findValue(key);
        if (outcome) found.set(key, outcome.value as T);
      }),
    );
    return found;
  }

  /**
   * Keeps a value whatever stood there. A value that cannot be kept evicts the old one, which it was to replace.
   *
   * @returns whether the value stands in the table now; false when DynamoDB was not reached
   * @throws InvalidOptionsError when an option cannot work; EvictionLostError with `strict`
   * @example await cache.set('menu:7', menu, { ttl: '1h', tags: ['restaurant:7'] });
   */
  async set<T>(key: string, value: T, options: EntryOptions<T> = {}): Promise<boolean> {
    return this.keep(key, value, options);
  }

  /**
   * `set` for several values.
   *
   * @returns whether all of them stand in the table now
   * @throws as `set` does
   * @example await cache.setMany([['menu:7', menu]], { ttl: '1h' });
   */
  async setMany<T>(
    values: Iterable<readonly [key: string, value: T]>,
    options: EntryOptions<T> = {},
  ): Promise<boolean> {
    const results = await Promise.all([...values].map(([key, value]) => this.set(key, value, options)));
    return results.every(Boolean);
  }

  /**
   * Keeps a value only where there is none: of many callers, in any process, one gets `true`.
   *
   * @returns whether the value stands there now; false when another did
   * @throws AtomicOperationError when the table was not reached, or the value cannot be kept: `add` never guesses
   * @throws InvalidOptionsError when an option cannot work
   * @example if (await cache.add('reports:sent', true, { ttl: '1d' })) await sendReports();
   */
  async add<T>(key: string, value: T, options: EntryOptions<T> = {}): Promise<boolean> {
    this.calls.warnOfSeconds(options.ttl);
    return this.engine.inFlight.track(this.counters.add(this.targets.of(key, options.tags), value, options));
  }

  /**
   * Adds to a number, exactly once, and resolves to the new one. Where there is none the count begins at 0. It lives
   * for `ttl` from its first increment, as a rate limit's window does; with `renew`, from its latest.
   *
   * @param by a whole number, negative to count down. @default 1
   * @throws AtomicOperationError when the table was not reached (`mayHaveHappened` says whether it may have been counted
   *   all the same), or something else than a safe integer stands there
   * @throws InvalidOptionsError when `by` is no safe integer, or an option cannot work
   * @example const calls = await cache.increment('calls:ada', 1, { ttl: '1m' });
   */
  async increment(key: string, by = 1, options: CounterOptions = {}): Promise<number> {
    this.calls.warnOfSeconds(options.ttl);
    return this.engine.inFlight.track(
      this.counters.increment(this.targets.of(key, options.tags), by, options),
    );
  }

  /**
   * Runs code that no other process runs at the same time under the same key, as long as everybody is done within
   * `ttl`, and resolves to its result. Without `run`, resolves to the lock, which is then yours to release.
   *
   * It saves work and keeps order; it is no proof. A holder that is frozen, or whose clock differs from the others' by
   * more than its spare time, may believe in a lock that somebody else has taken over: what must never happen twice has
   * to be refused by the resource itself, by a `token` smaller than it has seen. Waiting is polling, and not in order.
   *
   * @throws AtomicOperationError `held` when somebody else has it and `wait` is over, `unreachable` when the table was
   *   not reached; then `run` has not been called
   * @throws what `run` throws, the reason of `signal`, or InvalidOptionsError when an option cannot work
   * @example await cache.lock('reports', { ttl: '1m', wait: '5s' }, () => sendReports());
   */
  lock(key: string, options: LockOptions): Promise<Lock>;
  lock<T>(key: string, options: LockOptions, run: (lock: Lock) => T | Promise<T>): Promise<T>;
  async lock<T>(key: string, options: LockOptions, run?: (lock: Lock) => T | Promise<T>): Promise<Lock | T> {
    const address = this.targets.here().lock(key);
    const lock = await this.engine.inFlight.track(this.locks.take(address, labelOf(key), options));
    if (!run) return lock;
    try {
      return await run(lock);
    } finally {
      await lock.release();
    }
  }

  /** Keeps an already encoded value; without bytes, evicts. */
  setBytes(key: string, bytes: Uint8Array | undefined, ttlMs: number): Promise<boolean> {
    return this.calls.put(this.targets.of(key), bytes, ttlMs, policyFor(this.policy, undefined));
  }

  /**
   * Evicts a key. Once this resolves, no load that began before is served or written any more.
   *
   * @returns whether there was a value; false, too, when DynamoDB was not reached (the eviction is then tried again) or
   * its first answer was lost, which alone said what stood there
   * @throws EvictionLostError with `strict`
   * @example await cache.delete('menu:7');
   */
  delete(key: string): Promise<boolean> {
    return this.evict(key);
  }

  /**
   * `delete` for several keys.
   *
   * @returns whether each of them had a value
   * @throws EvictionLostError with `strict`
   * @example await cache.deleteMany(['menu:7', 'menu:8']);
   */
  async deleteMany(keys: readonly string[]): Promise<boolean> {
    const existed = await Promise.all(keys.map((key) => this.delete(key)));
    return existed.every(Boolean);
  }

  /**
   * Evicts every value that has one of the tags, however many there are: one small write a tag.
   *
   * @throws EvictionLostError with `strict`
   * @example await cache.evictTags('restaurant:7');
   */
  async evictTags(...tags: readonly string[]): Promise<void> {
    await this.evictStamps([...new Set(tags)].map(tagStamp));
  }

  /**
   * Evicts every value of a method or memoized function, by its name; other processes follow within a second.
   *
   * @throws EvictionLostError with `strict`
   * @example await cache.evictMethod('MenuService.menu');
   */
  async evictMethod(name: string): Promise<void> {
    // What stands before the arguments in a key, even where somebody set a name with a parenthesis.
    await this.evictStamps([methodStamp(labelOf(`${name}(`))], name);
  }

  /** Evicts the value of one call of a method or memoized function, by its name, its options and the arguments. */
  evictCall<A extends readonly unknown[]>(
    name: string,
    options: Pick<CallOptions<A, never>, 'key'>,
    args: A,
  ): Promise<boolean> {
    return this.evict(this.calls.keyOf(name, options, args), name);
  }

  /** Keeps a value as the result of one call of a method or memoized function. */
  putCall<A extends readonly unknown[], R>(
    name: string,
    options: CallOptions<A, R>,
    args: A,
    value: R,
  ): Promise<boolean> {
    const { key: _key, tags, when: _when, ...rest } = options;
    const dependsOn = typeof tags === 'function' ? tags(...args) : tags;
    const entryOptions = { ...rest, ...(dependsOn && { tags: dependsOn }) };
    return this.keep(this.calls.keyOf(name, options, args), value, entryOptions, name);
  }

  /**
   * Evicts every value of this namespace with one small write; other processes follow within a second, or at once
   * where they read consistently.
   *
   * @throws EvictionLostError with `strict`
   * @example await cache.clear();
   */
  async clear(): Promise<void> {
    await this.evictStamps([NAMESPACE_STAMP]);
  }

  /**
   * Evicts the values whose keys start with a prefix. Reads the whole table once, and writes once for each of them.
   *
   * @throws what DynamoDB answers when it fails
   * @example await cache.clearPrefix('menu:');
   */
  clearPrefix(prefix: string): Promise<void> {
    return this.engine.inFlight.track(this.engine.evictor.evictAll(this.targets.here().startingWith(prefix)));
  }

  /**
   * The same cache in another namespace: same table, other keys, tags and leases.
   *
   * @throws InvalidKeyPartError when the name cannot be a namespace
   * @example const tenant = cache.namespace('tenant-7');
   */
  namespace(name: string): DynamoCache {
    const options = { ...this.engine.options, namespace: name };
    const view = new DynamoCache(this.engine.store, options, this.engine);
    view.targets.here();
    return view;
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
    resolvePolicy(options as LoadOptions<R>, this.engine.options.policy);
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

  /** One call, with a list of ids, of a cached function; what `@DynamoCacheableMany` stands on. */
  callMany<K, R>(
    name: string,
    options: ManyOptions<R>,
    ids: readonly K[],
    rest: readonly unknown[],
    run: (ids: readonly K[]) => Promise<ManyResults<K, R>>,
  ): Promise<ManyResults<K, R | undefined>> {
    return this.calls.callMany(name, options, ids, rest, run);
  }

  /**
   * Runs code in a request scope of its own: inside, each key is read from DynamoDB at most once. For cron jobs and
   * queue workers; HTTP requests have theirs already.
   *
   * @example await cache.runInScope(() => sendReports());
   */
  runInScope<T>(body: () => T): T {
    return this.engine.options.requestScope ? this.engine.scopes.run(body) : body();
  }

  /** Whether the running code has a request scope, or the cache is told to do without. */
  get isInScope(): boolean {
    return !this.engine.options.requestScope || this.engine.scopes.current() !== undefined;
  }

  /**
   * What happened since the cache was made, in all namespaces.
   *
   * @example const { hits, misses, estimatedCost } = cache.stats();
   */
  stats(): CacheStats {
    return this.engine.observer.snapshot(this.engine.guard.state);
  }

  /**
   * Reads one address of the table, to see whether it can be reached.
   *
   * @throws what keeps it from being reached: a DeadlineError, a BreakerOpenError, an error of the SDK
   */
  async ping(): Promise<void> {
    const address = this.targets.anywhere().stamp(NAMESPACE_STAMP);
    const spent = this.engine.observer.billTo();
    await this.engine.guard.run('ping', (signal) => this.engine.store.read([address], { signal, spent }));
  }

  /**
   * Forgets what this process's memory holds of these addresses, which somebody else has changed: the receiving side of
   * `streamHandler`. Nothing is sent.
   *
   * @example subscribe((message) => cache.forget(JSON.parse(message)));
   */
  forget(addresses: readonly string[]): void {
    for (const address of addresses) this.engine.fleet.changed(address);
  }

  /** Start-up work: creates or checks the table when `createTable` is set, and begins to follow its stream. */
  async prepare(): Promise<void> {
    await this.engine.store.prepare();
    this.engine.fleet.begin();
  }

  /**
   * Waits for loads, writes and background work under way, at most `drainTimeout`, then lets go of a client that the
   * cache made. Evictions that are still on their way are tried at once, and given up where the breaker lets nothing
   * through in that time. `DynamoCacheModule` does it when the application shuts down.
   *
   * @example await cache.close();
   */
  async close(): Promise<void> {
    const { drainTimeoutMs } = this.engine.options;
    this.engine.late.close(drainTimeoutMs);
    const isDrained = await this.engine.inFlight.drain(drainTimeoutMs);
    if (!isDrained) this.engine.log.warn('drain', 'Closed with work still under way: drainTimeout ran out.');
    await this.engine.store.close();
  }

  // A value may be undefined, so what is found is told apart from what it is.
  private async findValue(key: string): Promise<{ readonly value: unknown } | undefined> {
    return this.findFresh(key, (entry, label) => {
      const outcome = this.engine.values.decode(label, entry);
      return outcome?.failed === false ? outcome : undefined;
    });
  }

  /** @param take what the caller makes of the entry; undefined when that is nothing, which is a miss */
  private async findFresh<T>(
    key: string,
    take: (entry: Entry, label: string) => T | undefined,
  ): Promise<T | undefined> {
    const target = this.calls.tryTarget(key, undefined);
    if (!target) return undefined;
    const { clock } = this.engine.options;
    const askedAtMs = clock.monotonic();
    const subject = { label: target.label, name: undefined };
    const { entry, source } = await this.engine.reader.find(target, subject);
    const isFresh = entry && freshnessOf(entry, clock.now(), NO_STALE) === 'fresh';
    const taken = isFresh && !isFailure(entry) ? take(entry, target.label) : undefined;
    if (taken === undefined) this.engine.observer.miss(subject);
    else this.engine.observer.hit(subject, source, clock.monotonic() - askedAtMs);
    return taken;
  }

  private async keep<T>(key: string, value: T, options: EntryOptions<T>, name?: string): Promise<boolean> {
    const target = this.targets.of(key, options.tags);
    const bytes = this.engine.values.encode(value, { label: target.label, name });
    const policy = resolvePolicy(options, this.engine.options.policy);
    this.calls.warnOfSeconds(options.ttl);
    return this.calls.put(target, bytes, policy.ttlMs(value), policyFor(policy, value), name);
  }

  private evict(key: string, name?: string): Promise<boolean> {
    const { address, label } = this.targets.of(key);
    return this.engine.inFlight.track(this.engine.evictor.evict(address, { label, name }));
  }

  private async evictStamps(names: readonly string[], method?: string): Promise<void> {
    const work = names.map((name) => this.engine.evictor.evictStamp(this.targets.stamp(name), method));
    await this.engine.inFlight.track(Promise.all(work));
  }
}
