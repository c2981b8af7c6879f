/**
 * What other processes write, as the table's stream tells it, so that memory can keep values for long. Memory answers
 * only while the stream is heard: as soon as it falls silent, an eviction may have gone by. Loads under way are left
 * alone: a caller who sees a newer version does not join them, and the table refuses what they would write.
 */
import { isStamp } from '../key/addresses';
import { type Moment, elapsedMs } from '../moment';
import type { OnceLog } from '../observability/logger';
import type { Observer } from '../observability/observer';
import type { Version } from '../tiers/entry';
import type { ChangeListener } from '../tiers/entry-changes';
import type { EntryStore } from '../tiers/entry-store';
import type { MemoryTier } from '../tiers/memory-tier';
import type { SettledMemo } from './answer';
import { causeOf } from './cause';
import type { EngineOptions } from './engine-options';
import type { EvictionLog } from './eviction-log';

// As long as memory keeps values by default when nobody tells it anything.
const HEARD_FOR_MS = 5_000;
const SILENT = 'silent:';

export class FleetChanges implements ChangeListener {
  // Apart from our own evictions, because every fill of the fleet is among them: these concern what is being read now,
  // while what memory holds is forgotten at once.
  private readonly elsewhere: EvictionLog;
  private readonly mustHear: boolean;
  private isBegun = false;
  private hasFailed = false;
  private heard: Moment | undefined;

  constructor(
    private readonly store: EntryStore,
    private readonly memory: MemoryTier<SettledMemo> | undefined,
    private readonly evictions: EvictionLog,
    private readonly observer: Observer,
    private readonly log: OnceLog,
    private readonly options: Pick<EngineOptions, 'clock' | 'coherence'>,
  ) {
    this.elsewhere = evictions.beside();
    // A store that has no stream leaves memory to its own short life.
    this.mustHear = options.coherence === 'stream' && store.follow !== undefined;
  }

  /** Begins to listen, once. */
  begin(): void {
    if (!this.mustHear || this.isBegun) return;
    this.isBegun = true;
    // Ends when the store is closed, and never rejects.
    void this.store.follow?.(this);
  }

  /** Whether memory may answer now. */
  get isHeard(): boolean {
    if (!this.mustHear) return true;
    this.begin();
    return this.heard !== undefined && elapsedMs(this.options.clock, this.heard) <= HEARD_FOR_MS;
  }

  /** Whether somebody else wrote at an address since this point in the order of evictions. */
  hasChanged(address: string, since: number): boolean {
    return this.elsewhere.overtaken(address, since);
  }

  isRecent(address: string, withinMs: number): boolean {
    return this.elsewhere.isRecent(address, withinMs);
  }

  changed(address: string, version?: Version): void {
    if (isStamp(address)) {
      // It is read consistently now, past what is remembered of it.
      this.evictions.record(address);
      return;
    }
    // What we wrote ourselves, where the stream tells versions.
    if (version !== undefined && this.memory?.get(address)?.found.entry?.version === version) return;
    this.memory?.delete(address);
    this.elsewhere.record(address);
  }

  missed(): void {
    this.memory?.clear();
    this.elsewhere.recordAll();
    if (this.heard) this.observer.event(() => ({ type: 'coherence', state: 'lost' }));
    this.heard = undefined;
  }

  upToDate(asOf: Moment): void {
    if (!this.heard) this.observer.event(() => ({ type: 'coherence', state: 'following' }));
    this.heard = asOf;
    if (!this.hasFailed) return;
    this.hasFailed = false;
    this.log.forget((subject) => subject.startsWith(SILENT));
  }

  failed(error: unknown): void {
    this.hasFailed = true;
    const { name, text } = causeOf(error);
    this.observer.event(() => ({ type: 'error', operation: 'stream', error }));
    this.log.warn(
      SILENT + name,
      `The table's stream is not heard (${text}); memory does not answer until it is. Said once until then.`,
    );
  }
}
