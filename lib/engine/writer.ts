/**
 * The write path. A fill is conditional on the version its reader saw, so it loses against every eviction and put that
 * came in between; and its entry carries the generations that were seen before the load, so that it is not valid when
 * a tag was evicted meanwhile.
 */
import type { OnceLog } from '../observability/logger';
import type { Observer, Subject } from '../observability/observer';
import { type Entry, TOMBSTONE_LIFE_MS, newVersion } from '../tiers/entry';
import type { EntryStore } from '../tiers/entry-store';
import type { EngineOptions } from './engine-options';
import type { Evictor } from './evictor';
import type { Flight } from './flights';
import type { Policy } from './policy';
import { type Generations, carried } from './stamps';
import type { StoreGuard } from './store-guard';
import type { Target } from './target';

/** When a load began, by both clocks. */
export interface LoadStart {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

export class Writer {
  constructor(
    private readonly store: EntryStore,
    private readonly guard: StoreGuard,
    private readonly evictor: Evictor,
    private readonly observer: Observer,
    private readonly log: OnceLog,
    private readonly options: Pick<EngineOptions, 'clock' | 'maxLifeMs'>,
  ) {}

  start(): LoadStart {
    return { wallMs: this.options.clock.now(), monotonicMs: this.options.clock.monotonic() };
  }

  entry(
    bytes: Uint8Array,
    start: LoadStart,
    ttlMs: number,
    policy: Pick<Policy, 'staleWhileRevalidateMs' | 'staleIfErrorMs' | 'jitter'>,
    stamps?: Generations,
  ): Entry {
    const freshUntilMs = this.options.clock.now() + Math.max(1, ttlMs * (1 - policy.jitter * Math.random()));
    const endsAtMs = freshUntilMs + Math.max(policy.staleWhileRevalidateMs, policy.staleIfErrorMs);
    return {
      bytes,
      version: newVersion(),
      loadedAtMs: start.wallMs,
      freshUntilMs: Math.round(freshUntilMs),
      endsAtMs: Math.round(endsAtMs),
      ...(stamps && { stamps }),
    };
  }

  /** Writes back what a flight loaded; never rejects. */
  async fill(entry: Entry, flight: Flight, start: LoadStart, subject: Subject): Promise<void> {
    this.observer.fill(subject, entry.bytes.byteLength, await this.tryFill(entry, flight, start));
  }

  /** Writes a value whatever stands there. Resolves to whether it stands in the table now. */
  async put(target: Target, entry: Entry, subject: Subject): Promise<boolean> {
    if (!this.fits(target, entry)) {
      await this.evictor.evict(target.address, target.label);
      return false;
    }
    const isPut = await this.evictor.overtaking(target.address, target.label, 'put', async (signal) => {
      await this.store.put(target.address, entry, { signal });
      return true;
    });
    if (isPut) this.observer.wrote(subject, entry.bytes.byteLength);
    return isPut;
  }

  /** The generations an entry of this target carries. */
  stamps(target: Target, present: Generations): Generations | undefined {
    return carried(target.stamps, present);
  }

  private async tryFill(entry: Entry, flight: Flight, start: LoadStart): Promise<boolean> {
    const { seen, target } = flight;
    if (!seen.known || flight.isDetached || this.tookTooLong(start) || !this.fits(target, entry))
      return false;
    try {
      const outcome = await this.guard.run('fill', (signal) =>
        this.store.fill(target.address, entry, seen.version, { signal }),
      );
      return outcome.filled;
    } catch {
      return false;
    }
  }

  // The tombstone of an eviction during the load may be gone already. Half its life leaves room for clocks that differ;
  // both clocks are asked because the monotonic one stands still while a machine is suspended.
  private tookTooLong(start: LoadStart): boolean {
    const { clock } = this.options;
    const tookMs = Math.max(clock.monotonic() - start.monotonicMs, clock.now() - start.wallMs);
    return tookMs > TOMBSTONE_LIFE_MS / 2;
  }

  private fits({ address, label }: Target, entry: Entry): boolean {
    const limit = this.store.maxBytes(address);
    if (entry.bytes.byteLength <= limit) return true;
    this.log.warn(
      `too-large:${label}`,
      `A value of ${label} takes ${entry.bytes.byteLength} bytes and an item holds ${limit}: it is not cached.`,
    );
    return false;
  }
}
