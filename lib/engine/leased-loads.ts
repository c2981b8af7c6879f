/**
 * A load under a lease. Who gets the lease loads; who does not serves a stale value if there is one, else looks again,
 * with jitter, until the value is there, the lease is free, or patience ends, and then loads without it. Patience lasts
 * two leases: when a holder has died, one of those who wait takes its place, and the others wait for that one.
 */
import type { Clock } from '../clock';
import type { ValueCodec } from '../codec/value-codec';
import type { Observer } from '../observability/observer';
import type { Entry, Version } from '../tiers/entry';
import type { Answer } from './answer';
import type { Loaded } from './flights';
import { freshnessOf } from './freshness';
import { keepAwake } from './keep-awake';
import type { LeaseOutcome, Leases } from './lease';
import type { LoadRequest } from './loads';
import { type Outcome, decodeOutcome, settle } from './outcome';
import type { Reader } from './reader';

const FIRST_LOOK_MS = 20;
const LAST_LOOK_MS = 250;

interface Dependencies {
  readonly leases: Leases;
  readonly reader: Reader;
  readonly observer: Observer;
  readonly options: { readonly clock: Clock; readonly codec: ValueCodec };
}

/** A load that holds, or waits for, the lease of its key. */
export class LeasedLoad<R> {
  private held: LeaseOutcome | undefined;
  /** Whether the result is another's: an entry of the table, which is not written again. */
  isOthers = false;

  constructor(
    private readonly request: LoadRequest<R>,
    private readonly answer: Answer,
    private readonly isRefresh: boolean,
    private readonly parts: Dependencies,
  ) {}

  async run(load: () => Promise<Loaded>): Promise<Loaded> {
    if (await this.take()) {
      // Since it was read, the value may have been loaded under the lease before this one.
      const wasHeld = this.held?.taken === true && this.held.wasHeld;
      return (wasHeld ? this.serve(await this.newer()) : undefined) ?? load();
    }
    const stale = this.serve(this.stale());
    if (stale) {
      if (!this.isRefresh) this.parts.observer.stale(this.request.subject, 'lease');
      return stale;
    }
    const others = this.serve(await this.waitForOthers());
    if (!others) return load();
    this.parts.observer.join(this.request.subject);
    return others;
  }

  /** Lets go of the lease, if it was taken. */
  async release(): Promise<void> {
    if (this.held?.taken) await this.held.release();
  }

  // Without a lease the load goes ahead: the table is sick, and fleets that load twice are better than none.
  private async take(dead?: Version): Promise<boolean> {
    const { target, policy, subject } = this.request;
    try {
      const outcome = await this.parts.leases.take(target.leaseAddress, policy.leaseMs ?? 0, subject, dead);
      const { label } = subject;
      this.parts.observer.event(() => ({ type: 'lease', label, outcome: outcome.taken ? 'taken' : 'lost' }));
      this.held = outcome;
      return outcome.taken;
    } catch {
      this.held = undefined;
      return true;
    }
  }

  private stale(): Entry | undefined {
    const { entry } = this.answer;
    if (!entry) return undefined;
    const freshness = freshnessOf(entry, this.parts.options.clock.now(), this.request.policy);
    return freshness === 'expired' ? undefined : entry;
  }

  /** An entry that was not there when the caller read; undefined when there is none, or no telling. */
  private async newer(): Promise<Entry | undefined> {
    const { seen } = this.answer;
    const { target, policy, subject } = this.request;
    try {
      const { entry } = await this.parts.reader.look(target, true, subject);
      const isNew = entry !== undefined && !(seen.known && seen.version === entry.version);
      const nowMs = this.parts.options.clock.now();
      return isNew && freshnessOf(entry, nowMs, policy) !== 'expired' ? entry : undefined;
    } catch {
      return undefined;
    }
  }

  private async waitForOthers(): Promise<Entry | undefined> {
    const { leases, options } = this.parts;
    const { clock } = options;
    const { subject, target } = this.request;
    // Two leases: of a holder that died, and of the one that comes after it. With one, everybody's patience would end just
    // when the second has begun.
    const leaseMs = this.request.policy.leaseMs ?? 0;
    const patienceEndsAtMs = clock.monotonic() + 2 * leaseMs;
    let holder = this.held?.taken === false ? this.held.holder : undefined;
    let heldSinceMs = clock.monotonic();
    for (let ms = FIRST_LOOK_MS; clock.monotonic() < patienceEndsAtMs; ms = Math.min(LAST_LOOK_MS, ms * 2)) {
      await keepAwake(clock.wait(ms * (0.5 + Math.random())));
      // Asked for in one turn, so they travel in one request.
      const [entry, lease] = await Promise.all([this.newer(), leases.look(target.leaseAddress, subject)]);
      if (entry) return entry;
      if (lease.holder !== holder) {
        holder = lease.holder;
        heldSinceMs = clock.monotonic();
      }
      // The holder may have failed and let go, or died. That is seen without trusting its clock, too.
      const isDead = clock.monotonic() - heldSinceMs >= leaseMs;
      if ((lease.isFree || isDead) && (await this.take(holder))) return this.newer();
    }
    return undefined;
  }

  /** @throws the error that another process has kept, unless results may be one caller's own */
  private serve(entry: Entry | undefined): Loaded | undefined {
    const outcome = entry && this.decode(entry);
    if (!outcome || (outcome.failed && this.request.own)) return undefined;
    this.isOthers = true;
    return { value: settle(outcome), bytes: entry.bytes, entry };
  }

  private decode(entry: Entry): Outcome | undefined {
    try {
      return decodeOutcome(entry.bytes, this.parts.options.codec);
    } catch {
      return undefined;
    }
  }
}

export class LeasedLoads {
  private readonly parts: Dependencies;

  constructor(
    leases: Leases,
    reader: Reader,
    observer: Observer,
    options: { readonly clock: Clock; readonly codec: ValueCodec },
  ) {
    this.parts = { leases, reader, observer, options };
  }

  /** @param isRefresh whether the load runs behind an answer that was given already */
  begin<R>(request: LoadRequest<R>, answer: Answer, isRefresh: boolean): LeasedLoad<R> {
    return new LeasedLoad(request, answer, isRefresh, this.parts);
  }
}
