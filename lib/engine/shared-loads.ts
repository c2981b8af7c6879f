/** Loads once: in this process by flights, in the fleet by a lease; and keeps what was loaded. */
import type { Observer } from '../observability/observer';
import type { Entry } from '../tiers/entry';
import type { Answer } from './answer';
import type { EngineOptions } from './engine-options';
import type { Entries } from './entries';
import { type Flight, type Flights, type Loaded, type Seen } from './flights';
import type { InFlight } from './in-flight';
import type { LeasedLoads } from './leased-loads';
import type { LoadRequest } from './load-request';
import { LoaderTimeoutError } from './loader-timeout';
import { settle } from './outcome';
import type { Reader } from './reader';
import type { Found, Taken } from './request-scope';
import type { Values } from './values';
import type { Writer } from './writer';

const NOT_SHARED: Pick<Loaded, 'bytes' | 'entry'> = { bytes: undefined, entry: undefined };

export class SharedLoads {
  constructor(
    private readonly reader: Reader,
    private readonly writer: Writer,
    private readonly entries: Entries,
    private readonly values: Values,
    private readonly flights: Flights,
    private readonly leased: LeasedLoads,
    private readonly inFlight: InFlight,
    private readonly observer: Observer,
    private readonly options: Pick<EngineOptions, 'clock'>,
  ) {}

  /** Whether there is a load that this caller could join. */
  isUnderWay<R>({ target }: LoadRequest<R>, { seen }: Answer): boolean {
    return this.flights.find(target.address, seen) !== undefined;
  }

  /** Joins the load that is under way, or leads one. @throws what the loader throws */
  load<R>(request: LoadRequest<R>, answer: Answer): Promise<R> {
    const flight = request.own?.isAlone()
      ? undefined
      : this.flights.find(request.target.address, answer.seen);
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

  /** Loads, and writes back what was loaded. @throws what the loader throws */
  async lead<R>(request: LoadRequest<R>, answer: Answer, isRefresh: boolean): Promise<R> {
    const { target, policy } = request;
    const { seen } = answer;
    const taken = this.reader.taken();
    let kept: Entry | undefined;
    const isLeased = policy.leaseMs !== undefined && seen.known && !request.own?.isAlone();
    const lease = isLeased ? this.leased.begin(request, answer, isRefresh) : undefined;
    const flight = this.flights.start(target, seen, () => {
      const load = () => this.run(request, seen, taken);
      return lease ? lease.run(load) : load();
    });
    try {
      const { value, entry } = await flight.loaded;
      if (request.own) request.own.report.entry = entry;
      if (entry && (await this.keep(request, entry, flight, taken, lease?.isOthers))) kept = entry;
      return value as R;
    } catch (error) {
      // An error never takes the place of a value that may still stand in.
      const origin = { seen, loadedAtMs: taken.takenAt.wallMs };
      const entry = answer.entry ? undefined : this.entries.ofError(request, error, origin);
      if (entry && !lease?.isOthers) await this.keep(request, entry, flight, taken);
      throw error;
    } finally {
      this.flights.end(flight);
      if (kept) this.linger(flight, kept);
      await lease?.release();
    }
  }

  private linger(flight: Flight, { freshUntilMs }: Entry): void {
    const reads = this.reader.underWay.of(flight.target.address);
    if (reads) this.flights.linger(flight, reads, () => this.options.clock.now() < freshUntilMs);
  }

  private async run<R>(request: LoadRequest<R>, seen: Seen, { takenAt }: Taken): Promise<Loaded> {
    const value = await this.callLoader(request);
    const bytes = request.own ? request.own.pack(value) : this.values.encode(value, request.subject);
    const origin = { seen, loadedAtMs: takenAt.wallMs };
    return { value, bytes, entry: bytes && this.entries.ofResult(request, value, bytes, origin) };
  }

  private async callLoader<R>({ loader, own, policy, subject, target }: LoadRequest<R>): Promise<R> {
    // Who waited for another's load, or for a lease, may have waited in vain.
    if (own?.isOver()) throw new LoaderTimeoutError(target.label, policy.hardTimeoutMs ?? 0);
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

  /** Resolves to whether it stands in the table now. */
  private async keep<R>(
    { target, subject, own }: LoadRequest<R>,
    entry: Entry,
    flight: Flight,
    taken: Taken,
    isOthers = false,
  ): Promise<boolean> {
    const found = foundAfter(flight.seen, entry);
    this.reader.rememberInScope(target, found, taken);
    if (isOthers) return false;
    const isFilled = await this.writer.fill(entry, flight, taken.takenAt, subject);
    if (own) own.report.isStored = isFilled;
    // A fill that was dropped may have been overtaken. What was loaded past a sick table has nothing to lose to.
    if (isFilled || !flight.seen.known) this.reader.keepInMemory(target, found, taken);
    return isFilled;
  }
}

/** What the next reader sees when the entry has been filled; if not, that one's own fill is dropped. */
function foundAfter(seen: Seen, entry: Entry): Found {
  return { seen: seen.known ? { ...seen, version: entry.version } : seen, entry };
}
