/** From a read to a result: decide by the entry's freshness whether to serve it, to refresh it behind the answer, or to load. */
import type { Observer } from '../observability/observer';
import type { Entry } from '../tiers/entry';
import { COPIED_BYTES } from '../tiers/memory-tier';
import { momentOf } from '../moment';
import type { Answer } from './answer';
import type { Background } from './background';
import type { EngineOptions } from './engine-options';
import { type Freshness, freshnessOf } from './freshness';
import type { InFlight } from './in-flight';
import type { LoadRequest, OwnTerms } from './load-request';
import { LATE, LoaderTimeoutError, within } from './loader-timeout';
import { type Outcome, promiseOf, settle } from './outcome';
import type { Reader } from './reader';
import type { RecentFailures } from './recent-failures';
import type { SharedLoads } from './shared-loads';
import type { Values } from './values';

export type { LoadRequest } from './load-request';

export class Loads {
  constructor(
    private readonly reader: Reader,
    private readonly shared: SharedLoads,
    private readonly values: Values,
    private readonly background: Background,
    private readonly inFlight: InFlight,
    private readonly failures: RecentFailures,
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
    // Asked before it is decoded, which may be for the first time.
    const isQuick = answer !== undefined && isQuickToServe(answer);
    const outcome = answer?.entry && this.freshOutcome(request, answer, answer.entry, askedAt.wallMs);
    if (!answer || !outcome) return this.loadInTime(request, answer, askedAt.monotonicMs);
    const { subject } = request;
    if (isQuick && answer.source !== 'table') this.observer.quickHit(subject, answer.source);
    else this.observer.hit(subject, answer.source, this.options.clock.monotonic() - askedAt.monotonicMs);
    return promiseOf(outcome);
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
      const serving = found.map(async ({ request, answer }) => this.serve(request, answer, askedAtMs));
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

  private serve<R>(request: LoadRequest<R>, answer: Answer, askedAtMs: number): R | Promise<R> {
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

  private outcomeOf(label: string, answer: Answer, entry: Entry): Outcome | undefined {
    const { source, shared } = answer;
    if (shared) return shared;
    if (source === 'table') return this.values.decode(label, entry);
    const isShared = source === 'memory' && this.options.memory?.isolate === false;
    if (!isShared) return this.values.decodeAgain(label, entry);
    return (answer.shared = this.values.decodeShared(label, entry));
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
    if (this.failures.isStoodInFor(request.target.address)) {
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
    const work = this.shared.load(request, answer);
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
      if (!standby || !policy.standsInFor(error) || !this.standsIn(request, answer)) throw error;
      this.failures.record(target.address, true);
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
    const { policy, target } = request;
    const { address } = target;
    if (answer.source === 'scope' || this.failures.isRecent(address)) return;
    if (this.shared.isUnderWay(request, answer)) return;
    this.background.run(async () => {
      try {
        if (!request.own) await this.shared.lead(request, answer, true);
        else if (await request.own.behind.isReady()) await this.refreshBehind(request, request.own, answer);
      } catch (error) {
        this.failures.record(address, policy.standsInFor(error));
      }
    });
  }

  // The answer it stands behind may have taken its time to go out.
  private async refreshBehind<R>(request: LoadRequest<R>, own: OwnTerms<R>, answer: Answer): Promise<void> {
    if (this.shared.isUnderWay(request, answer)) return;
    await this.shared.lead(
      { ...request, loader: own.behind.loader, own: { ...own, isOver: () => false, report: {} } },
      answer,
      true,
    );
  }
}

/** Whether there is nothing to decode, or little. */
function isQuickToServe({ entry, shared }: Answer): boolean {
  return shared !== undefined || (entry !== undefined && entry.bytes.byteLength <= COPIED_BYTES);
}

function minimum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}
