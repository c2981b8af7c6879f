/**
 * From a read to a result: decide by the entry's freshness whether to serve it, to refresh it behind the answer, or to
 * load; and load once, in this process by flights, in the fleet by a lease.
 */
import { UncacheableValueError } from '../codec/codec-errors';
import type { OnceLog } from '../observability/logger';
import type { Observer, Subject } from '../observability/observer';
import type { Entry } from '../tiers/entry';
import type { Background } from './background';
import type { EngineOptions } from './engine-options';
import type { FailureMemory } from './failure-memory';
import { type Flight, type Flights, type Loaded, type Seen } from './flights';
import { type Freshness, freshnessOf } from './freshness';
import type { InFlight } from './in-flight';
import type { LeasedLoads } from './leased-loads';
import { LATE, LoaderTimeoutError, within } from './loader-timeout';
import { type Outcome, decodeOutcome, encodeFailure, settle } from './outcome';
import type { Policy } from './policy';
import type { Answer, Reader } from './reader';
import type { Target } from './target';
import type { LoadStart, Writer } from './writer';

/** One call that wants a value. */
export interface LoadRequest<R = unknown> {
  readonly target: Target;
  readonly policy: Policy<R>;
  readonly loader: () => R | Promise<R>;
  readonly subject: Subject;
}

export class Loads {
  private readonly shared = new WeakMap<Entry, Outcome>();

  constructor(
    private readonly reader: Reader,
    private readonly writer: Writer,
    private readonly flights: Flights,
    private readonly leased: LeasedLoads,
    private readonly background: Background,
    private readonly inFlight: InFlight,
    private readonly failures: FailureMemory,
    private readonly observer: Observer,
    private readonly log: OnceLog,
    private readonly options: Pick<EngineOptions, 'clock' | 'codec' | 'memory'>,
  ) {}

  /** @throws what the loader throws, unchanged, or a LoaderTimeoutError */
  async load<R>(request: LoadRequest<R>): Promise<R> {
    const askedAtMs = this.options.clock.monotonic();
    this.inFlight.enter();
    try {
      const answer = await this.reader.find(request.target, request.subject);
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
    const found = await Promise.all(
      requests.map(async (request) => ({
        request,
        answer: await this.reader.find(request.target, request.subject),
      })),
    );
    return Promise.allSettled(found.map(({ request, answer }) => this.serve(request, answer, askedAtMs)));
  }

  private async serve<R>(request: LoadRequest<R>, answer: Answer, askedAtMs: number): Promise<R> {
    const { entry } = answer;
    const outcome = entry && this.outcomeOf(request.target.label, answer, entry);
    if (!entry || !outcome) return this.loadFresh(request, answer, undefined);
    const freshness = freshnessOf(entry, this.options.clock.now(), request.policy);
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

  // With `isolate: false` the memory tier's entries are decoded once, and all callers share the value.
  private outcomeOf(label: string, { source }: Answer, entry: Entry): Outcome | undefined {
    if (source !== 'memory' || this.options.memory?.isolate !== false) return this.decode(label, entry);
    const known = this.shared.get(entry) ?? this.decode(label, entry);
    if (known) this.shared.set(entry, known);
    return known;
  }

  /** The outcome in an entry; undefined, which is a miss, when its bytes cannot be decoded. */
  decode(label: string, entry: Pick<Entry, 'bytes'>): Outcome | undefined {
    try {
      return decodeOutcome(entry.bytes, this.options.codec);
    } catch (error) {
      const why = error instanceof Error ? error.message : 'unknown failure';
      this.log.warn(`undecodable:${label}`, `A stored value of ${label} is loaded again: ${why}`);
      return undefined;
    }
  }

  /** The bytes of a value; undefined when it cannot be kept. */
  encode(value: unknown, subject: Subject): Uint8Array | undefined {
    try {
      return this.options.codec.encode(value);
    } catch (error) {
      this.observer.uncacheable(subject);
      const why = error instanceof UncacheableValueError ? error.message : 'its encoding failed.';
      this.log.warn(`uncacheable:${subject.label}`, `A result of ${subject.label} is not cached. ${why}`);
      return undefined;
    }
  }

  // Past its life. A process that is frozen after its answer cannot refresh behind it, so there it loads first.
  private async standIn<R>(
    request: LoadRequest<R>,
    answer: Answer,
    outcome: Outcome,
    freshness: Freshness & ('stale' | 'standby'),
  ): Promise<R> {
    const { address } = request.target;
    if (freshness === 'stale' && this.background.isReliable) {
      if (!this.failures.isRecent(address)) this.refresh(request, answer);
      this.observer.stale(request.subject, 'revalidate');
      return settle(outcome);
    }
    // Only a value may stand in for a failing loader, and it is asked again no sooner than the throttle.
    if (outcome.failed) return this.loadFresh(request, answer, undefined);
    if (this.failures.isRecent(address)) {
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
    try {
      const soft = standby && policy.softTimeoutMs;
      const result = await within(minimum(soft, policy.hardTimeoutMs), work);
      if (result !== LATE) return result;
      work.catch(() => undefined);
      if (!standby) throw new LoaderTimeoutError(target.label, policy.hardTimeoutMs ?? 0);
      this.observer.stale(subject, 'slow');
      return settle(standby);
    } catch (error) {
      if (!standby) throw error;
      this.failures.record(target.address);
      this.observer.stale(subject, 'error');
      return settle(standby);
    }
  }

  private refresh<R>(request: LoadRequest<R>, answer: Answer): void {
    if (this.flights.find(request.target.address, answer.seen)) return;
    this.background.run(async () => {
      try {
        await this.lead(request, answer);
      } catch {
        this.failures.record(request.target.address);
      }
    });
  }

  private share<R>(request: LoadRequest<R>, answer: Answer): Promise<R> {
    const flight = this.flights.find(request.target.address, answer.seen);
    return flight ? this.join(request, flight) : this.inFlight.track(this.lead(request, answer));
  }

  // Each joiner gets a copy of its own. A result that cannot be copied, such as a stream, cannot be shared either.
  private async join<R>(request: LoadRequest<R>, flight: Flight): Promise<R> {
    this.observer.join(request.subject);
    const { bytes } = await flight.loaded;
    const outcome = bytes && this.decode(request.target.label, { bytes });
    return outcome ? settle(outcome) : request.loader();
  }

  private async lead<R>(request: LoadRequest<R>, answer: Answer): Promise<R> {
    const { target, policy, subject } = request;
    const start = this.writer.start();
    const mark = this.reader.mark();
    const lease =
      policy.leaseMs !== undefined && answer.seen.known ? this.leased.begin(request, answer) : undefined;
    const flight = this.flights.start(target, answer.seen, () => {
      const load = () => this.run(request);
      return lease ? lease.load(load) : load();
    });
    try {
      const loaded = await flight.loaded;
      if (!lease?.isOthers(loaded)) await this.keep(request, loaded, flight, start, mark);
      return loaded.value as R;
    } catch (error) {
      await this.keepError(request, error, answer, flight, start);
      throw error;
    } finally {
      this.flights.end(flight);
      await lease?.release();
    }
  }

  private async run<R>({ loader, subject }: LoadRequest<R>): Promise<Loaded> {
    const startedAtMs = this.options.clock.monotonic();
    let hasFailed = true;
    try {
      const value = await loader();
      hasFailed = false;
      return { value, bytes: this.encode(value, subject) };
    } finally {
      this.observer.load(subject, this.options.clock.monotonic() - startedAtMs, hasFailed);
    }
  }

  private async keep<R>(
    request: LoadRequest<R>,
    { value, bytes }: Loaded,
    flight: Flight,
    start: LoadStart,
    mark: number,
  ): Promise<void> {
    if (!bytes) return;
    const ttlMs = this.ttlOf(request, value as R);
    if (ttlMs === undefined) return;
    const entry = this.entry(request, bytes, flight.seen, start, ttlMs);
    this.reader.remember(request.target, { seen: flight.seen, entry }, mark);
    await this.writer.fill(entry, flight, start, request.subject);
  }

  // An error never takes the place of a value that may still stand in.
  private async keepError<R>(
    request: LoadRequest<R>,
    error: unknown,
    { entry: standing }: Answer,
    flight: Flight,
    start: LoadStart,
  ): Promise<void> {
    const { cacheErrors } = request.policy;
    if (!cacheErrors || standing) return;
    const ttlMs = this.ask(request, 'cacheErrors', () => cacheErrors(error));
    if (ttlMs === undefined) return;
    try {
      const bytes = encodeFailure(error, this.options.codec);
      const entry = this.entry(request, bytes, flight.seen, start, ttlMs);
      await this.writer.fill(entry, flight, start, request.subject);
    } catch {
      // An error of a class that is not named in `types` is not kept.
      this.observer.uncacheable(request.subject);
    }
  }

  private entry<R>(
    request: LoadRequest<R>,
    bytes: Uint8Array,
    seen: Seen,
    start: LoadStart,
    ttlMs: number,
  ): Entry {
    const stamps = seen.known ? this.writer.stamps(request.target, seen.generations) : undefined;
    return this.writer.entry(bytes, start, ttlMs, request.policy, stamps);
  }

  private ttlOf<R>(request: LoadRequest<R>, value: R): number | undefined {
    const { unless, ttlMs } = request.policy;
    const isKept = !unless || this.ask(request, 'unless', () => unless(value)) === false;
    return isKept ? this.ask(request, 'ttl', () => ttlMs(value)) : undefined;
  }

  // What the user wrote may throw; then the result is not kept.
  private ask<R, T>({ subject: { label } }: LoadRequest<R>, option: string, answer: () => T): T | undefined {
    try {
      return answer();
    } catch {
      this.log.warn(`${option}:${label}`, `The "${option}" of ${label} threw: such results are not cached.`);
      return undefined;
    }
  }
}

function minimum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}
