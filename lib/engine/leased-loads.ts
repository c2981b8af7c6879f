/**
 * A load under a lease. Who gets the lease loads; who does not serves a stale value if there is one, else looks again,
 * with jitter, until the value is there, the lease is free, or patience ends, and then loads without it.
 */
import type { Clock } from '../clock';
import type { ValueCodec } from '../codec/value-codec';
import type { Observer } from '../observability/observer';
import type { Entry } from '../tiers/entry';
import type { Loaded } from './flights';
import { freshnessOf } from './freshness';
import type { LeaseOutcome, Leases } from './lease';
import type { LoadRequest } from './loads';
import { type Outcome, decodeOutcome, settle } from './outcome';
import type { Answer, Reader } from './reader';

const FIRST_LOOK_MS = 20;
const LAST_LOOK_MS = 250;

/** A load that holds, or waits for, the lease of its key. */
export interface LeasedLoad {
  load(load: () => Promise<Loaded>): Promise<Loaded>;
  /** Whether the result is another's: an entry of the table, which is not written again. */
  isOthers(loaded: Loaded): boolean;
  /** Lets go of the lease, if it was taken. */
  release(): Promise<void>;
}

export class LeasedLoads {
  constructor(
    private readonly leases: Leases,
    private readonly reader: Reader,
    private readonly observer: Observer,
    private readonly options: { readonly clock: Clock; readonly codec: ValueCodec },
  ) {}

  begin<R>(request: LoadRequest<R>, answer: Answer): LeasedLoad {
    let held: LeaseOutcome | undefined;
    const others = new WeakSet<Loaded>();
    const serve = (entry: Entry | undefined): Loaded | undefined => {
      const outcome = entry && this.decode(entry);
      if (!outcome) return undefined;
      const loaded: Loaded = { value: settle(outcome), bytes: entry.bytes };
      others.add(loaded);
      return loaded;
    };
    const take = async () => {
      held = await this.take(request);
      return held?.taken ?? true;
    };
    return {
      isOthers: (loaded) => others.has(loaded),
      release: async () => {
        if (held?.taken) await held.release();
      },
      load: async (load) => {
        if (await take()) {
          const wasHeld = held?.taken === true && held.wasHeld;
          return (wasHeld ? serve(await this.newer(request, answer)) : undefined) ?? load();
        }
        const stale = serve(this.staleOf(request, answer));
        if (stale) this.observer.stale(request.subject, 'lease');
        return stale ?? serve(await this.waitFor(request, answer, take)) ?? load();
      },
    };
  }

  // Without a lease the load goes ahead: the table is sick, and fleets that load twice are better than none.
  private async take<R>({ target, policy, subject }: LoadRequest<R>): Promise<LeaseOutcome | undefined> {
    try {
      const outcome = await this.leases.take(target.leaseAddress, policy.leaseMs ?? 0);
      this.observer.event(() => ({
        type: 'lease',
        label: subject.label,
        outcome: outcome.taken ? 'taken' : 'lost',
      }));
      return outcome;
    } catch {
      return undefined;
    }
  }

  private staleOf<R>({ policy }: LoadRequest<R>, { entry }: Answer): Entry | undefined {
    if (!entry) return undefined;
    const freshness = freshnessOf(entry, this.options.clock.now(), policy);
    return freshness === 'expired' ? undefined : entry;
  }

  /** A fresh entry that was not there when the caller read; undefined when there is none, or no telling. */
  private async newer<R>({ target, policy }: LoadRequest<R>, { seen }: Answer): Promise<Entry | undefined> {
    try {
      const { entry } = await this.reader.look(target, true);
      const isNew = entry !== undefined && !(seen.known && seen.version === entry.version);
      return isNew && freshnessOf(entry, this.options.clock.now(), policy) !== 'expired' ? entry : undefined;
    } catch {
      return undefined;
    }
  }

  private decode(entry: Entry): Outcome | undefined {
    try {
      return decodeOutcome(entry.bytes, this.options.codec);
    } catch {
      return undefined;
    }
  }

  private async waitFor<R>(
    request: LoadRequest<R>,
    answer: Answer,
    take: () => Promise<boolean>,
  ): Promise<Entry | undefined> {
    const { clock } = this.options;
    const patienceEndsAtMs = clock.monotonic() + (request.policy.leaseMs ?? 0);
    for (let ms = FIRST_LOOK_MS; clock.monotonic() < patienceEndsAtMs; ms = Math.min(LAST_LOOK_MS, ms * 2)) {
      await clock.wait(ms * (0.5 + Math.random()));
      const entry = await this.newer(request, answer);
      if (entry) return entry;
      // The holder may have failed and let go, or died: then the lease is ours to take.
      if ((await this.leases.isFree(request.target.leaseAddress)) && (await take())) {
        return this.newer(request, answer);
      }
    }
    return undefined;
  }
}
