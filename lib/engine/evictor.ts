/**
 * Evictions. In this process they hold at once and in any case; in the table they leave a tombstone that outlives any
 * load whose fill is still accepted. One that does not reach the table is tried again (late-evictions.ts).
 */
import type { Spent } from '../observability/charge';
import { DynamoCacheError } from '../errors';
import type { OnceLog } from '../observability/logger';
import type { Observer, Subject } from '../observability/observer';
import { type Tombstone, newTombstone } from '../tiers/entry';
import type { EntryStore } from '../tiers/entry-store';
import { causeOf } from './cause';
import type { EngineOptions } from './engine-options';
import type { EvictionLog } from './eviction-log';
import type { Flights } from './flights';
import type { LateEvictions, LateWork } from './late-evictions';
import type { CoarseStamps } from './stamps';
import type { StoreGuard } from './store-guard';
import type { StampAddress } from './target';

/** With `strict: true`: the eviction did not reach the table. It is tried again in the background. */
export class EvictionLostError extends DynamoCacheError {
  readonly code = 'EVICTION_LOST';

  constructor(label: string, cause: unknown) {
    super(
      `The eviction of ${label} did not reach the table and is tried again; until then others may see the old value`,
      {
        cause,
      },
    );
  }
}

const DAY_MS = 24 * 60 * 60 * 1_000;

export class Evictor {
  private readonly lateWork: LateWork;

  constructor(
    private readonly store: EntryStore,
    private readonly guard: StoreGuard,
    private readonly evictions: EvictionLog,
    private readonly flights: Flights,
    private readonly coarse: CoarseStamps,
    private readonly late: LateEvictions,
    private readonly observer: Observer,
    private readonly log: OnceLog,
    private readonly options: Pick<EngineOptions, 'clock' | 'maxLifeMs' | 'strict'>,
  ) {
    this.lateWork = {
      // A tombstone that also marks stamps long enough: whichever the address is of, it does what is needed.
      send: (address, subject) => {
        const spent = this.observer.billTo(subject);
        return this.guard.run('evict', (signal) => this.renew(address, signal, spent));
      },
      arrived: (address, { label }) => {
        // From now on the table is believed again: the newest of it.
        this.overtake(address);
        this.arrived(label);
      },
      lost: ({ label }) => {
        this.observer.store.lostEvictions++;
        this.observer.event(() => ({ type: 'evict-lost', label, willRetry: false }));
      },
      gaveUp: (count) => {
        this.log.warn(
          'drain',
          `Evictions and puts that could not be sent before closing: ${count}. Old values may be served until they expire.`,
        );
      },
      blockedForMs: () => this.guard.blockedForMs,
    };
  }

  /** Resolves to whether there was an entry. @throws EvictionLostError with `strict` */
  evict(address: string, subject: Subject): Promise<boolean> {
    return this.overtaking(address, subject, 'evict', (signal, spent) =>
      this.store.evict(address, newTombstone(this.options.clock.now()), { signal, spent }),
    );
  }

  /**
   * Makes every entry under a stamp invalid.
   *
   * @param method whose stamp it is, when it is a method's
   * @throws EvictionLostError with `strict`
   */
  async evictStamp({ address, name, isCoarse }: StampAddress, method?: string): Promise<void> {
    const label = isCoarse ? `everything of ${name}` : `tag ${name}`;
    const subject = { label, name: method };
    await this.overtaking(address, subject, 'evict', (signal, spent) => this.renew(address, signal, spent));
  }

  /** @throws what the store throws: a flush that was half done is not kept quiet */
  async evictAll(prefixes: readonly string[]): Promise<void> {
    const overtakeAll = () => {
      this.flights.detachAll();
      this.evictions.recordAll();
    };
    overtakeAll();
    try {
      const tombstone = () => newTombstone(this.options.clock.now());
      await this.store.evictAll(prefixes, tombstone, undefined, this.observer.billTo());
    } finally {
      overtakeAll();
    }
  }

  /**
   * A write that overtakes what is loaded and remembered. Before it, so that no load begun earlier is joined or
   * written; and after it, because a reader may have seen the old version until the write arrived.
   */
  overtaking(
    address: string,
    subject: Subject,
    operation: 'evict' | 'put',
    write: (signal: AbortSignal, spent: Spent) => Promise<boolean>,
  ): Promise<boolean> {
    const spent = this.observer.billTo(subject);
    const guarded = () => this.guard.run(operation, (signal) => write(signal, spent));
    return this.overtakingBy(address, subject, operation, guarded);
  }

  /** `overtaking`, by a write that is guarded already. */
  async overtakingBy(
    address: string,
    subject: Subject,
    operation: 'evict' | 'put',
    write: () => Promise<boolean>,
  ): Promise<boolean> {
    const { label } = subject;
    this.overtake(address);
    const mark = this.evictions.mark();
    try {
      const result = await write();
      this.late.settle(address, mark);
      if (operation === 'evict') this.arrived(label);
      return result;
    } catch (error) {
      this.failed(address, subject, error, mark);
      if (this.options.strict) throw new EvictionLostError(label, error);
      return false;
    } finally {
      this.overtake(address);
    }
  }

  /**
   * A write that takes the place of exactly what was read there. Unlike an eviction it is not tried again when it fails.
   *
   * @param settles whether it was made as if evictions on their way had arrived, which then need not come any more
   * @param write resolves to whether it stands now
   */
  async replacing(address: string, settles: boolean, write: () => Promise<boolean>): Promise<boolean> {
    const mark = this.evictions.mark();
    try {
      const isWritten = await write();
      if (isWritten && settles) this.late.settle(address, mark);
      return isWritten;
    } finally {
      // What was read or loaded before it is not served any more. Whether it stands is not always known.
      this.overtake(address);
    }
  }

  /** Whether an eviction of this address has not reached the table yet. */
  isOnItsWay(address: string): boolean {
    return this.late.has(address);
  }

  /** Makes what is being loaded and remembered in this process count no more. */
  overtake(address: string): void {
    this.flights.detach(address);
    this.flights.detachStamp(address);
    this.coarse.forget(address);
    this.evictions.record(address);
  }

  // The stamp has to outlive every entry that was loaded under the generation before it.
  private async renew(address: string, signal: AbortSignal, spent: Spent): Promise<boolean> {
    const evictedAtMs = this.options.clock.now();
    const mark = newTombstone(evictedAtMs);
    const stamp: Tombstone = { ...mark, endsAtMs: evictedAtMs + this.options.maxLifeMs + DAY_MS };
    return this.store.evict(address, stamp, { signal, spent });
  }

  private arrived(label: string): void {
    this.observer.store.evictions++;
    this.observer.event(() => ({ type: 'evict', label }));
  }

  private failed(address: string, subject: Subject, error: unknown, mark: number): void {
    this.observer.store.lateEvictions++;
    const { label } = subject;
    const willRetry = this.late.add(address, subject, mark, this.lateWork);
    this.observer.event(() => ({ type: 'evict-lost', label, willRetry }));
    const cause = causeOf(error);
    this.log.error(
      `lost:${cause.name}`,
      `An eviction or put did not reach the table (${cause.text}). ` +
        (willRetry
          ? 'It is tried again; until then other processes may serve the old value.'
          : 'It is lost.'),
    );
    if (!willRetry) this.observer.store.lostEvictions++;
  }
}
