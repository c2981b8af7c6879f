/**
 * The write path. A fill is conditional on the version its reader saw, so it loses against every eviction and put that
 * came in between; and its entry carries the generations that were seen before the load, so that it is not valid when
 * a tag was evicted meanwhile.
 */
import type { OnceLog } from '../observability/logger';
import type { Observer, Subject } from '../observability/observer';
import { type Entry, TOMBSTONE_LIFE_MS } from '../tiers/entry';
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
    return this.evictor.overtakingBy(target.address, subject, 'put', async () => {
      await this.puts.put(target.address, entry, this.observer.billTo(subject));
      return true;
    });
  }

  private async tryFill(entry: Entry, flight: Flight, startedAt: Moment, subject: Subject): Promise<boolean> {
    const { seen, target } = flight;
    if (!seen.known || flight.isDetached || this.tookTooLong(startedAt) || !this.fits(target, entry))
      return false;
    const spent = this.observer.billTo(subject);
    try {
      const outcome = await this.guard.run('fill', (signal) =>
        this.store.fill(target.address, entry, seen.version, { signal, spent }),
      );
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
    const limit = this.store.maxBytes(address, entry.stamps);
    if (entry.bytes.byteLength <= limit) return true;
    this.log.warn(
      `too-large:${label}`,
      `A value of ${label} takes ${entry.bytes.byteLength} bytes and ${limit} can be kept: it is not cached.`,
    );
    return false;
  }
}
