/**
 * Evictions. In this process they hold at once and in any case; in the table they leave a tombstone that outlives any
 * load whose fill is still accepted. One that does not reach the table is tried again (late-evictions.ts).
 */
import { DynamoCacheError } from '../errors';
import type { OnceLog } from '../observability/logger';
import type { Observer } from '../observability/observer';
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
      send: (address) => this.guard.run('evict', (signal) => this.renew(address, signal)),
      arrived: (address, label) => {
        // From now on the table is believed again: the newest of it.
        this.overtake(address);
        this.arrived(label);
      },
      lost: (label) => {
        this.observer.store.lostEvictions++;
        this.observer.event(() => ({ type: 'evict-lost', label, willRetry: false }));
      },
    };
  }

  /** Resolves to whether there was an entry. @throws EvictionLostError with `strict` */
  evict(address: string, label: string): Promise<boolean> {
    return this.overtaking(address, label, 'evict', (signal) =>
      this.store.evict(address, newTombstone(this.options.clock.now()), { signal }),
    );
  }

  /** Makes every entry under a stamp invalid. @throws EvictionLostError with `strict` */
  async evictStamp({ address, name, isCoarse }: StampAddress): Promise<void> {
    const label = isCoarse ? `everything of ${name}` : `tag ${name}`;
    await this.overtaking(address, label, 'evict', (signal) => this.renew(address, signal));
  }

  /** @throws what the store throws: a flush that was half done is not kept quiet */
  async evictAll(prefixes: readonly string[]): Promise<void> {
    const overtakeAll = () => {
      this.flights.detachAll();
      this.evictions.recordAll();
    };
    overtakeAll();
    try {
      await this.store.evictAll(prefixes, () => newTombstone(this.options.clock.now()));
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
    label: string,
    operation: 'evict' | 'put',
    write: (signal: AbortSignal) => Promise<boolean>,
  ): Promise<boolean> {
    return this.overtakingBy(address, label, operation, () => this.guard.run(operation, write));
  }

  /** `overtaking`, by a write that is guarded already. */
  async overtakingBy(
    address: string,
    label: string,
    operation: 'evict' | 'put',
    write: () => Promise<boolean>,
  ): Promise<boolean> {
    this.overtake(address);
    const mark = this.evictions.mark();
    try {
      const result = await write();
      this.late.settle(address, mark);
      if (operation === 'evict') this.arrived(label);
      return result;
    } catch (error) {
      this.failed(address, label, error, mark);
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
  private async renew(address: string, signal: AbortSignal): Promise<boolean> {
    const evictedAtMs = this.options.clock.now();
    const mark = newTombstone(evictedAtMs);
    const stamp: Tombstone = { ...mark, endsAtMs: evictedAtMs + this.options.maxLifeMs + DAY_MS };
    return this.store.evict(address, stamp, { signal });
  }

  private arrived(label: string): void {
    this.observer.store.evictions++;
    this.observer.event(() => ({ type: 'evict', label }));
  }

  private failed(address: string, label: string, error: unknown, mark: number): void {
    this.observer.store.lateEvictions++;
    const willRetry = this.late.add(address, label, mark, this.lateWork);
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
