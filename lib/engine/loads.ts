/**
 * From a read to a result: decide by the entry's freshness whether to serve it, to refresh it behind the answer, or to
 * load; and load once, in this process by flights, in the fleet by a lease.
 */
import type { Observer } from '../observability/observer';
import type { Entry } from '../tiers/entry';
import { momentOf } from '../moment';
import type { Background } from './background';
import type { EngineOptions } from './engine-options';
import type { Entries } from './entries';
import type { FailureMemory } from './failure-memory';
import { type Flight, type Flights, type Loaded, type Seen } from './flights';
import { type Freshness, freshnessOf } from './freshness';
import type { InFlight } from './in-flight';
import type { LeasedLoads } from './leased-loads';
import type { LoadRequest, OwnTerms } from './load-request';
import { LATE, LoaderTimeoutError, within } from './loader-timeout';
import { type Outcome, settle } from './outcome';
import type { Answer, Reader } from './reader';
import type { Found, Taken } from './request-scope';
import type { Values } from './values';
import type { Writer } from './writer';

export type { LoadRequest } from './load-request';

export class Loads {
  constructor(
    private readonly reader: Reader,
    private readonly writer: Writer,
    private readonly entries: Entries,
    private readonly values: Values,
    private readonly flights: Flights,
    private readonly leased: LeasedLoads,
    private readonly background: Background,
    private readonly inFlight: InFlight,
    private readonly failures: FailureMemory,
    private readonly observer: Observer,
    private readonly options: Pick<EngineOptions, 'clock' | 'memory'>,
  ) {}

  /**
   * What is fresh in this process is served without a wait, as most hits are.
   *
   * @throws what the loader throws, unchanged, or a LoaderTimeoutError
   */
  load<R>(request: LoadRequest<R>): Promise<R> {
    const askedAt = momentOf(this.options.clock);
    const answer = this.reader.recall(request.target, askedAt);
    const outcome = answer?.entry && this.freshOutcome(request, answer, answer.entry, askedAt.wallMs);
    if (!answer || !outcome) return this.loadInTime(request, answer, askedAt.monotonicMs);
    this.observer.hit(request.subject, answer.source, this.options.clock.monotonic() - askedAt.monotonicMs);
    return outcome.failed ? Promise.reject(outcome.error) : Promise.resolve(outcome.value as R);
  }

  private async loadInTime<R>(
    request: LoadRequest<R>,
    recalled: Answer | undefined,
    askedAtMs: number,
  ): Promise<R> {
    this.inFlight.enter();
    try {
      const answer = recalled ?? (await this.reader.ask(request.target, request.subject));
      return await this.serve(request, answer, askedAtMs);
    } finally {
      this.inFlight.leave();
    }
  }

  /**
   * Several calls whose loads can be one: all are read first, and then every loader that is needed is called in the
   * same turn.
   */
  async loadAll<R>(requests: readonly LoadRequest<R>[]): Promise<PromiseSettledResult<R>[]> {
    const askedAtMs = this.options.clock.monotonic();
    this.inFlight.enter();
    try {
      const found = await Promise.all(
        requests.map(async (request) => ({
          request,
          answer: await this.reader.find(request.target, request.subject),
        })),
      );
      const serving = found.map(({ request, answer }) => this.serve(request, answer, askedAtMs));
      return await Promise.allSettled(serving);
    } finally {
      this.inFlight.leave();
    }
  }

  /**
   * The rest of a call whose caller has read by itself, and judged what was found.
   *
   * @param outcome what the answer holds; nothing when it is of no use
   * @throws as `load` does
   */
  async proceed<R>(
    request: LoadRequest<R>,
    answer: Answer,
    outcome: Outcome | undefined,
    freshness: Freshness,
    askedAtMs: number,
  ): Promise<R> {
    this.inFlight.enter();
    try {
      if (outcome) return await this.serveAs(freshness, request, answer, outcome, askedAtMs);
      return await this.loadFresh(request, answer, undefined);
    } finally {
      this.inFlight.leave();
    }
  }

  private async serve<R>(request: LoadRequest<R>, answer: Answer, askedAtMs: number): Promise<R> {
    const { entry } = answer;
    const outcome = entry && this.outcomeOf(request.target.label, answer, entry);
    if (!entry || !outcome) return this.loadFresh(request, answer, undefined);
    const freshness = freshnessOf(entry, this.options.clock.now(), request.policy);
    return this.serveAs(freshness, request, answer, outcome, askedAtMs);
  }

  private serveAs<R>(
    freshness: Freshness,
    request: LoadRequest<R>,
    answer: Answer,
    outcome: Outcome,
    askedAtMs: number,
  ): R | Promise<R> {
    switch (freshness) {
      case 'fresh':
        break;
      case 'due':
        if (this.background.isReliable) this.refresh(request, answer);
        break;
      case 'stale':
      case 'standby':
        return this.standIn(request, answer, outcome, freshness);
      case 'expired':
        return this.loadFresh(request, answer, undefined);
    }
    this.observer.hit(request.subject, answer.source, this.options.clock.monotonic() - askedAtMs);
    return settle(outcome);
  }

  private freshOutcome<R>(
    { target, policy }: LoadRequest<R>,
    answer: Answer,
    entry: Entry,
    nowMs: number,
  ): Outcome | undefined {
    const isFresh = freshnessOf(entry, nowMs, policy) === 'fresh';
    return isFresh ? this.outcomeOf(target.label, answer, entry) : undefined;
  }

  private outcomeOf(label: string, { source }: Answer, entry: Entry): Outcome | undefined {
    if (source === 'table') return this.values.decode(label, entry);
    const isShared = source === 'memory' && this.options.memory?.isolate === false;
    return isShared ? this.values.decodeShared(label, entry) : this.values.decodeAgain(label, entry);
  }

  // Past its life. A process that is frozen after its answer cannot refresh behind it, so there it loads first.
  private async standIn<R>(
    request: LoadRequest<R>,
    answer: Answer,
    outcome: Outcome,
    freshness: Freshness & ('stale' | 'standby'),
  ): Promise<R> {
    // Only a value may stand in.
    if (outcome.failed) return this.loadFresh(request, answer, undefined);
    if (freshness === 'stale' && this.background.isReliable) {
      this.refresh(request, answer);
      this.observer.stale(request.subject, 'revalidate');
      return settle(outcome);
    }
    // A loader that has just failed is asked again no sooner than the throttle.
    if (this.failures.isRecent(request.target.address)) {
      this.observer.stale(request.subject, 'error');
      return settle(outcome);
    }
    return this.loadFresh(request, answer, outcome);
  }

  /** @param standby what is served when the loader fails or is slow */
  private async loadFresh<R>(
    request: LoadRequest<R>,
    answer: Answer,
    standby: Outcome | undefined,
  ): Promise<R> {
    const { policy, subject, target } = request;
    this.observer.miss(subject);
    const work = this.share(request, answer);
    work.catch(() => undefined);
    const { hardTimeoutMs: hard } = policy;
    const soft = standby && minimum(policy.softTimeoutMs, hard);
    try {
      const early = soft === undefined ? LATE : await within(soft, work);
      if (early !== LATE) return early;
      if (standby && soft !== undefined && this.standsIn(request, answer)) {
        this.observer.stale(subject, 'slow');
        return settle<R>(standby);
      }
      const result = await within(hard && hard - (soft ?? 0), work);
      if (result !== LATE) return result;
      throw new LoaderTimeoutError(target.label, hard ?? 0);
    } catch (error) {
      if (!standby || !this.standsIn(request, answer)) throw error;
      this.failures.record(target.address);
      this.observer.stale(subject, 'error');
      return settle(standby);
    }
  }

  // Asked again after the load, which may have taken longer than the entry had left.
  private standsIn<R>({ policy }: LoadRequest<R>, { entry }: Answer): boolean {
    return entry !== undefined && freshnessOf(entry, this.options.clock.now(), policy) !== 'expired';
  }

  // Of a request that is served by what it remembers, an earlier call has seen to the refresh already.
  private refresh<R>(request: LoadRequest<R>, answer: Answer): void {
    const { address } = request.target;
    if (answer.source === 'scope' || this.failures.isRecent(address)) return;
    if (this.flights.find(address, answer.seen)) return;
    this.background.run(async () => {
      try {
        if (!request.own) await this.lead(request, answer, true);
        else if (await request.own.behind.isReady()) await this.refreshBehind(request, request.own, answer);
      } catch {
        this.failures.record(address);
      }
    });
  }

  // The answer it stands behind may have taken its time to go out.
  private async refreshBehind<R>(request: LoadRequest<R>, own: OwnTerms<R>, answer: Answer): Promise<void> {
    if (this.flights.find(request.target.address, answer.seen)) return;
    await this.lead({ ...request, loader: own.behind.loader, own: { ...own, report: {} } }, answer, true);
  }

  private share<R>(request: LoadRequest<R>, answer: Answer): Promise<R> {
    const flight = this.flights.find(request.target.address, answer.seen);
    return flight ? this.join(request, flight) : this.inFlight.track(this.lead(request, answer, false));
  }

  // Each joiner gets a copy of its own. A result that cannot be copied, such as a stream, cannot be shared either.
  private async join<R>(request: LoadRequest<R>, flight: Flight): Promise<R> {
    const taken = this.reader.taken();
    this.observer.join(request.subject);
    const joining = this.flights.join(flight);
    // Nothing in an error says whose it is. Where results may be one caller's own, so may errors.
    const { bytes, entry } = request.own ? await joining.catch(() => NOT_SHARED) : await joining;
    if (entry) this.reader.rememberInScope(request.target, foundAfter(flight.seen, entry), taken);
    if (request.own) request.own.report.entry = entry;
    const outcome = bytes && this.values.decode(request.target.label, { bytes });
    return outcome ? settle(outcome) : this.callLoader(request);
  }

  private async lead<R>(request: LoadRequest<R>, answer: Answer, isRefresh: boolean): Promise<R> {
    const { target, policy } = request;
    const { seen } = answer;
    const taken = this.reader.taken();
    const isLeased = policy.leaseMs !== undefined && seen.known;
    const lease = isLeased ? this.leased.begin(request, answer, isRefresh) : undefined;
    const flight = this.flights.start(target, seen, () => {
      const load = () => this.run(request, seen, taken);
      return lease ? lease.run(load) : load();
    });
    try {
      const { value, entry } = await flight.loaded;
      if (request.own) request.own.report.entry = entry;
      if (entry) await this.keep(request, entry, flight, taken, lease?.isOthers);
      return value as R;
    } catch (error) {
      // An error never takes the place of a value that may still stand in.
      const origin = { seen, loadedAtMs: taken.takenAt.wallMs };
      const entry = answer.entry ? undefined : this.entries.ofError(request, error, origin);
      if (entry && !lease?.isOthers) await this.keep(request, entry, flight, taken);
      throw error;
    } finally {
      this.flights.end(flight);
      await lease?.release();
    }
  }

  private async run<R>(request: LoadRequest<R>, seen: Seen, { takenAt }: Taken): Promise<Loaded> {
    const value = await this.callLoader(request);
    const bytes = request.own ? request.own.pack(value) : this.values.encode(value, request.subject);
    const origin = { seen, loadedAtMs: takenAt.wallMs };
    return { value, bytes, entry: bytes && this.entries.ofResult(request, value, bytes, origin) };
  }

  private async callLoader<R>({ loader, subject }: LoadRequest<R>): Promise<R> {
    const startedAtMs = this.options.clock.monotonic();
    let hasFailed = true;
    this.observer.load(subject);
    try {
      const value = await loader();
      hasFailed = false;
      return value;
    } finally {
      this.observer.loaded(subject, this.options.clock.monotonic() - startedAtMs, hasFailed);
    }
  }

  private async keep<R>(
    { target, subject, own }: LoadRequest<R>,
    entry: Entry,
    flight: Flight,
    taken: Taken,
    isOthers = false,
  ): Promise<void> {
    const found = foundAfter(flight.seen, entry);
    this.reader.rememberInScope(target, found, taken);
    if (isOthers) return;
    const isFilled = await this.writer.fill(entry, flight, taken.takenAt, subject);
    if (own) own.report.isStored = isFilled;
    // A fill that was dropped may have been overtaken. What was loaded past a sick table has nothing to lose to.
    if (isFilled || !flight.seen.known) this.reader.keepInMemory(target, found, taken);
  }
}

const NOT_SHARED: Pick<Loaded, 'bytes' | 'entry'> = { bytes: undefined, entry: undefined };

/** What the next reader sees when the entry has been filled; if not, that one's own fill is dropped. */
function foundAfter(seen: Seen, entry: Entry): Found {
  return { seen: seen.known ? { ...seen, version: entry.version } : seen, entry };
}

function minimum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}
