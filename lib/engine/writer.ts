/**
 * The write path. A fill is conditional on the version its reader saw, so it loses against every eviction and put that
 * came in between; and its entry carries the generations that were seen before the load, so that it is not valid when
 * a tag was evicted meanwhile.
 */
import type { OnceLog } from '../observability/logger';
import type { Observer, Subject } from '../observability/observer';
import { type Entry, TOMBSTONE_LIFE_MS, newTombstone } from '../tiers/entry';
import { EntryRefusedError, orRefusal } from '../tiers/entry-refused-error';
import type { EntryStore } from '../tiers/entry-store';
import type { EngineOptions } from './engine-options';
import type { Evictor } from './evictor';
import type { Flight } from './flights';
import { type Moment, elapsedMs } from '../moment';
import type { PutQueue } from './put-queue';
import type { StoreGuard } from './store-guard';
import type { Target } from './target';

export class Writer {
  constructor(
    private readonly store: EntryStore,
    private readonly guard: StoreGuard,
    private readonly puts: PutQueue,
    private readonly evictor: Evictor,
    private readonly observer: Observer,
    private readonly log: OnceLog,
    private readonly options: Pick<EngineOptions, 'clock'>,
  ) {}

  /** Writes back what a flight loaded; never rejects. Resolves to whether it stands in the table now. */
  async fill(entry: Entry, flight: Flight, startedAt: Moment, subject: Subject): Promise<boolean> {
    const isFilled = await this.tryFill(entry, flight, startedAt, subject);
    this.observer.fill(subject, entry.bytes.byteLength, isFilled);
    return isFilled;
  }

  /** Writes a value whatever stands there. Resolves to whether it stands in the table now. */
  async put(target: Target, entry: Entry, subject: Subject): Promise<boolean> {
    if (!this.fits(target, entry)) {
      await this.evictor.evict(target.address, subject);
      return false;
    }
    const { address, label } = target;
    return this.evictor.overtakingBy(address, subject, 'put', async () => {
      const outcome = await orRefusal(() => this.puts.put(address, entry, this.observer.billTo(subject)));
      if (!(outcome instanceof EntryRefusedError)) return true;
      this.notCached(label, outcome.why);
      // What was to be replaced must not stay.
      const spent = this.observer.billTo(subject);
      await this.guard.run('evict', (signal) =>
        this.store.evict(address, newTombstone(this.options.clock.now()), { signal, spent }),
      );
      return false;
    });
  }

  private async tryFill(entry: Entry, flight: Flight, startedAt: Moment, subject: Subject): Promise<boolean> {
    const { seen, target } = flight;
    if (!seen.known || flight.isDetached || this.tookTooLong(startedAt) || !this.fits(target, entry))
      return false;
    const spent = this.observer.billTo(subject);
    try {
      // Inside the guard, so that a refusal does not count against the table.
      const outcome = await this.guard.run('fill', (signal) =>
        orRefusal(() => this.store.fill(target.address, entry, seen.version, { signal, spent })),
      );
      if (!(outcome instanceof EntryRefusedError)) return outcome.filled;
      this.notCached(target.label, outcome.why);
      return false;
    } catch {
      return false;
    }
  }

  // The tombstone of an eviction during the load may be gone already. Half its life leaves room for clocks that differ.
  private tookTooLong(startedAt: Moment): boolean {
    return elapsedMs(this.options.clock, startedAt) > TOMBSTONE_LIFE_MS / 2;
  }

  private fits({ address, label }: Target, entry: Entry): boolean {
    const limit = this.store.maxBytes(address, entry.stamps);
    if (entry.bytes.byteLength <= limit) return true;
    this.notCached(label, `it takes ${entry.bytes.byteLength} bytes and ${limit} can be kept`);
    return false;
  }

  private notCached(label: string, why: string): void {
    this.log.warn(`not-cached:${label}`, `A value of ${label} is not cached: ${why}.`);
  }
}
