/** Puts the parts together. One engine serves all namespaces of a cache: its maps are keyed by address. */
import { OnceLog } from '../observability/logger';
import { Observer } from '../observability/observer';
import type { EntryStore } from '../tiers/entry-store';
import { MemoryTier } from '../tiers/memory-tier';
import type { SettledMemo } from './answer';
import { AtomicWrites } from './atomic-writes';
import { Background } from './background';
import type { EngineOptions } from './engine-options';
import { EvictionLog } from './eviction-log';
import { Entries } from './entries';
import { Evictor } from './evictor';
import { FleetChanges } from './fleet-changes';
import { Flights } from './flights';
import { FunctionNames } from './function-names';
import { InFlight } from './in-flight';
import { LateEvictions } from './late-evictions';
import { Leases } from './lease';
import { LeasedLoads } from './leased-loads';
import { Loads } from './loads';
import { PutQueue } from './put-queue';
import { MAX_KEYS_A_READ, ReadQueue } from './read-queue';
import { Reader } from './reader';
import { RecentFailures } from './recent-failures';
import { RequestScopes } from './request-scope';
import { CoarseStamps } from './stamps';
import { SharedLoads } from './shared-loads';
import { StoreGuard } from './store-guard';
import { Values } from './values';
import { Writer } from './writer';

/** How long a loader that has failed is not asked again, where a stale value is served instead. */
const FAILURE_THROTTLE_MS = 5_000;

export class Engine {
  readonly observer = new Observer();
  readonly names = new FunctionNames();
  readonly inFlight = new InFlight();
  readonly scopes: RequestScopes;
  readonly log: OnceLog;
  readonly guard: StoreGuard;
  readonly background: Background;
  readonly late: LateEvictions;
  readonly evictor: Evictor;
  readonly fleet: FleetChanges;
  readonly reader: Reader;
  readonly writer: Writer;
  readonly values: Values;
  readonly entries: Entries;
  readonly loads: Loads;
  readonly atomicWrites: AtomicWrites;

  constructor(
    readonly store: EntryStore,
    readonly options: EngineOptions,
  ) {
    const { clock, codec, memory } = options;
    const monotonic = () => clock.monotonic();
    this.log = new OnceLog(options.logger);
    this.scopes = new RequestScopes(clock);
    this.guard = new StoreGuard(
      { timeoutMs: options.timeoutMs, ...options.breaker, clock, connect: () => store.connect?.() },
      this.observer,
      this.log,
    );
    this.background = new Background(
      this.inFlight,
      options.waitUntil,
      options.isFrozenAfterResponse,
      this.log,
    );
    const flights = new Flights(clock);
    const evictions = new EvictionLog(monotonic);
    this.late = new LateEvictions(this.background, clock);
    const coarse = new CoarseStamps();
    const queue = new ReadQueue(
      (addresses, consistent, spent, answered) =>
        this.guard.run('read', (signal) => store.read(addresses, { signal, consistent, spent }, answered)),
      this.observer,
      options.batch === false ? 1 : MAX_KEYS_A_READ,
    );
    const tier = memory && new MemoryTier<SettledMemo>(memory);
    this.evictor = new Evictor(
      store,
      this.guard,
      evictions,
      flights,
      coarse,
      this.late,
      this.observer,
      this.log,
      options,
    );
    this.fleet = new FleetChanges(store, tier, evictions, this.observer, this.log, options);
    this.reader = new Reader(queue, this.scopes, tier, coarse, evictions, this.late, this.fleet, options);
    const puts = new PutQueue(store, this.guard, options.batch ?? true);
    this.writer = new Writer(store, this.guard, puts, this.evictor, this.observer, this.log, options);
    this.values = new Values(codec, this.observer, this.log);
    this.entries = new Entries(this.observer, this.log, options);
    this.atomicWrites = new AtomicWrites(store, this.guard, this.reader, this.evictor, this.observer, clock);
    const leases = new Leases(store, this.guard, queue, this.observer, clock);
    const shared = new SharedLoads(
      this.reader,
      this.writer,
      this.entries,
      this.values,
      flights,
      new LeasedLoads(leases, this.reader, this.observer, options),
      this.inFlight,
      this.observer,
      options,
    );
    this.loads = new Loads(
      this.reader,
      shared,
      this.values,
      this.background,
      this.inFlight,
      new RecentFailures(clock, FAILURE_THROTTLE_MS),
      this.observer,
      options,
    );
  }
}
