/**
 * The write path. A fill is conditional on the version its reader saw, so it loses against every eviction and put that
 * came in between. Evictions leave a tombstone that outlives any load whose fill is still accepted.
 */
import { type Entry, TOMBSTONE_LIFE_MS, type Tombstone, newTombstone, newVersion } from '../tiers/entry';
import type { EntryStore } from '../tiers/entry-store';
import { causeOf } from './cause';
import type { EngineOptions } from './engine-options';
import type { EvictionLog } from './eviction-log';
import type { Flight, Flights } from './flights';
import type { OnceLog } from '../observability/logger';
import type { Counters } from '../observability/stats';
import type { StoreGuard } from './store-guard';
import { labelOf } from './label';

/** When a load began, by both clocks. */
export interface LoadStart {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

export class Writer {
  constructor(
    private readonly store: EntryStore,
    private readonly guard: StoreGuard,
    private readonly evictions: EvictionLog,
    private readonly flights: Flights,
    private readonly counters: Counters,
    private readonly log: OnceLog,
    private readonly options: Pick<EngineOptions, 'clock'>,
  ) {}

  start(): LoadStart {
    return { wallMs: this.options.clock.now(), monotonicMs: this.options.clock.monotonic() };
  }

  entry(bytes: Uint8Array, start: LoadStart, ttlMs: number): Entry {
    const endsAtMs = this.options.clock.now() + ttlMs;
    return { bytes, version: newVersion(), loadedAtMs: start.wallMs, freshUntilMs: endsAtMs, endsAtMs };
  }

  /** Writes back what a flight loaded. Resolves to whether it stands in the table now; never rejects. */
  async fill(key: string, entry: Entry, flight: Flight, start: LoadStart): Promise<boolean> {
    const { seen } = flight;
    if (!seen.known || flight.isDetached || this.tookTooLong(start) || !this.fits(key, entry)) return false;
    try {
      const outcome = await this.guard.run('fill', (signal) =>
        this.store.fill(key, entry, seen.version, { signal }),
      );
      return outcome === 'filled';
    } catch {
      return false;
    }
  }

  /** Writes a value whatever stands there. Resolves to whether it stands in the table now; never rejects. */
  async put(key: string, entry: Entry): Promise<boolean> {
    if (!this.fits(key, entry)) {
      await this.evict(key);
      return false;
    }
    return this.overtaking(key, async () => {
      await this.guard.run('put', (signal) => this.store.put(key, entry, { signal }));
      return true;
    });
  }

  /** Resolves to whether there was something to evict; never rejects. */
  evict(key: string): Promise<boolean> {
    return this.overtaking(key, async () => {
      const existed = await this.guard.run('evict', (signal) =>
        this.store.evict(key, this.tombstone(), { signal }),
      );
      this.counters.store.evictions++;
      return existed;
    });
  }

  async evictAll(prefix: string): Promise<void> {
    const overtakeAll = () => {
      this.flights.detachAll();
      this.evictions.recordAll();
    };
    overtakeAll();
    try {
      await this.store.evictAll(prefix, () => this.tombstone());
    } finally {
      overtakeAll();
    }
  }

  // Before the write, so that no load begun earlier is joined or written; and after it, because a reader may have
  // seen the old version until the write arrived.
  private async overtaking(key: string, write: () => Promise<boolean>): Promise<boolean> {
    this.overtake(key);
    try {
      return await write();
    } catch (error) {
      this.counters.store.lostEvictions++;
      const cause = causeOf(error);
      this.log.error(
        `lost:${cause.name}`,
        `An eviction or put did not reach the table (${cause.text}): the old value may be served until it expires.`,
      );
      return false;
    } finally {
      this.overtake(key);
    }
  }

  private overtake(key: string): void {
    this.flights.detach(key);
    this.evictions.record(key);
  }

  private tombstone(): Tombstone {
    return newTombstone(this.options.clock.now());
  }

  // The tombstone of an eviction during the load may be gone already. Half its life leaves room for clocks that differ;
  // both clocks are asked because the monotonic one stands still while a machine is suspended.
  private tookTooLong(start: LoadStart): boolean {
    const { clock } = this.options;
    const tookMs = Math.max(clock.monotonic() - start.monotonicMs, clock.now() - start.wallMs);
    return tookMs > TOMBSTONE_LIFE_MS / 2;
  }

  private fits(key: string, entry: Entry): boolean {
    const limit = this.store.maxBytes(key);
    if (entry.bytes.byteLength <= limit) return true;
    const label = labelOf(key);
    this.log.warn(
      `too-large:${label}`,
      `A value of ${label} takes ${entry.bytes.byteLength} bytes and an item holds ${limit}: it is not cached.`,
    );
    return false;
  }
}
