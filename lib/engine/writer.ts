/**
 * The write path. A fill is conditional on the version its reader saw, so it loses against every eviction and put that
 * came in between; and its entry carries the generations that were seen before the load, so that it is not valid when
 * a tag was evicted meanwhile.
 */
import type { OnceLog } from '../observability/logger';
import type { Observer, Subject } from '../observability/observer';
import { type Entry, TOMBSTONE_LIFE_MS, newTombstone } from '../tiers/entry';
import { EntryRefusedError } from '../tiers/entry-refused-error';
import type { EntryStore, FillOutcome } from '../tiers/entry-store';
import { storedBytes } from '../tiers/stored-bytes';
import type { EngineOptions } from './engine-options';
import type { Evictor } from './evictor';
import type { Flight } from './flights';
import { type Moment, elapsedMs } from '../moment';
import type { StoreGuard } from './store-guard';
import type { Target } from './target';

const NOT_FILLED: FillOutcome = { filled: false };

export class Writer {
  constructor(
    private readonly store: EntryStore,
    private readonly guard: StoreGuard,
    private readonly evictor: Evictor,
    private readonly observer: Observer,
    private readonly log: OnceLog,
    private readonly options: Pick<EngineOptions, 'clock'>,
  ) {}

  /** Writes back what a flight loaded; never rejects. Resolves to whether it stands in the table now. */
  async fill(entry: Entry, flight: Flight, startedAt: Moment, subject: Subject): Promise<boolean> {
    const isFilled = await this.tryFill(entry, flight, startedAt);
    this.observer.fill(subject, storedBytes(entry), isFilled);
    return isFilled;
  }

  /** Writes a value whatever stands there. Resolves to whether it stands in the table now. */
  async put(target: Target, entry: Entry, subject: Subject): Promise<boolean> {
    if (!this.fits(target, entry)) {
      await this.evictor.evict(target.address, target.label);
      return false;
    }
    const { address, label } = target;
    const isPut = await this.evictor.overtaking(address, label, 'put', (signal) => {
      const put = async () => {
        await this.store.put(address, entry, { signal });
        return true;
      };
      // What was to be replaced must not stay.
      const evict = async () => {
        await this.store.evict(address, newTombstone(this.options.clock.now()), { signal });
        return false;
      };
      return this.unlessRefused(target, put, evict);
    });
    if (isPut) this.observer.wrote(subject, storedBytes(entry));
    return isPut;
  }

  private async tryFill(entry: Entry, flight: Flight, startedAt: Moment): Promise<boolean> {
    const { seen, target } = flight;
    if (!seen.known || flight.isDetached || this.tookTooLong(startedAt) || !this.fits(target, entry))
      return false;
    try {
      const outcome = await this.guard.run('fill', (signal) => {
        const fill = () => this.store.fill(target.address, entry, seen.version, { signal });
        return this.unlessRefused(target, fill, () => NOT_FILLED);
      });
      return outcome.filled;
    } catch {
      return false;
    }
  }

  // The tombstone of an eviction during the load may be gone already. Half its life leaves room for clocks that differ.
  private tookTooLong(startedAt: Moment): boolean {
    return elapsedMs(this.options.clock, startedAt) > TOMBSTONE_LIFE_MS / 2;
  }

  private fits({ address, label }: Target, entry: Entry): boolean {
    const limit = this.store.maxBytes(address);
    if (entry.bytes.byteLength <= limit) return true;
    this.notCached(label, `it takes ${entry.bytes.byteLength} bytes and an item holds ${limit}`);
    return false;
  }

  // Inside the guard, so that a refusal does not count against the table.
  private async unlessRefused<T>(
    { label }: Target,
    write: () => Promise<T>,
    otherwise: () => T | Promise<T>,
  ): Promise<T> {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof EntryRefusedError)) throw error;
      this.notCached(label, error.why);
      return otherwise();
    }
  }

  private notCached(label: string, why: string): void {
    this.log.warn(`not-cached:${label}`, `A value of ${label} is not cached: ${why}.`);
  }
}
