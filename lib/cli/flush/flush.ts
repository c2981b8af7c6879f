/**
 * Deletes what was loaded before it began, beside live traffic, so that evictions still win:
 * - first each namespace gets a new generation, so nothing older counts any more, deleted or not;
 * - an entry is deleted only if it was loaded before that, under another generation, and only while that very version of it
 *   stands: marks of evictions, puts, stamps and leases stay;
 * - deleting twice, after an answer that was lost or from an older state file, deletes nothing else.
 */
import type { TableConnection } from '../connection';
import type { Settings } from '../settings';
import { type DeleteOutcome, MAX_BATCH, deleteUnchanged } from './conditional-deletes';
import { type FlushCounts, type FlushState, type SegmentState, addCounts } from './flush-state';
import { Generations } from './generations';
import { type ScannedEntry, type SegmentPage, scanPage } from './segment-scan';

const BATCHES_AT_ONCE = 4;

export interface FlushListener {
  /** Something was done: so many items looked at. */
  progressed(scanned: number, counts: FlushCounts): void;
  /** A state from which it can go on. */
  reached(state: FlushState): Promise<void>;
}

/** An entry waiting for its batch, and where its page began. */
interface Pending extends ScannedEntry {
  readonly pageAfter: string | null;
}

export class Flush {
  private readonly segments: SegmentState[];
  private readonly generations: Generations;
  private counts: FlushCounts;

  constructor(
    private readonly connection: TableConnection,
    private readonly settings: Settings,
    private readonly from: FlushState,
    private readonly listener: FlushListener,
    private readonly signal: AbortSignal,
  ) {
    this.segments = [...from.segments];
    this.generations = new Generations(connection, from.generations);
    this.counts = from.counts;
  }

  get state(): FlushState {
    return {
      ...this.from,
      segments: [...this.segments],
      generations: this.generations.all(),
      counts: this.counts,
    };
  }

  /** @throws the SDK's error; `state` then says where it stands */
  async run(): Promise<FlushCounts> {
    for (const space of this.from.spaces) await this.generations.of(space);
    const stop = new AbortController();
    const running = this.segments.flatMap(({ isDone }, index) => {
      if (isDone) return [];
      const segment = this.segment(index, stop.signal).catch((error: unknown) => {
        stop.abort();
        throw error;
      });
      return [segment];
    });
    // All of them come to rest before the state is read.
    const results = await Promise.allSettled(running);
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
    return this.counts;
  }

  private async segment(index: number, stop: AbortSignal): Promise<void> {
    let after = this.segments[index]?.after ?? null;
    let page: SegmentPage | undefined = await this.firstPage(index, after);
    let pending: Pending[] = [];
    while (page && !stop.aborted) {
      this.signal.throwIfAborted();
      // Read before the last key of this page is deleted: dynoxide cannot go on after a key that is gone.
      const next: SegmentPage | undefined =
        page.next === undefined ? undefined : await this.page(index, page.next);
      for (const entry of page.entries)
        if (await this.isDoomed(entry)) pending.push({ ...entry, pageAfter: after });
      const full = next ? pending.length - (pending.length % MAX_BATCH) : pending.length;
      await this.delete(pending.slice(0, full));
      pending = pending.slice(full);
      after = page.next ?? after;
      // Entries that wait for a full batch are looked up again by who goes on from here.
      this.segments[index] = { after: pending[0] ? pending[0].pageAfter : after, isDone: !next };
      await this.listener.reached(this.state);
      page = next;
    }
  }

  private async firstPage(index: number, after: string | null): Promise<SegmentPage> {
    const page = await this.page(index, after);
    // The key may have been deleted since the file was written; where that ends the reading, it begins anew.
    const isLost = after !== null && page.scanned === 0 && page.next === undefined;
    return isLost ? this.page(index, null) : page;
  }

  private async page(index: number, after: string | null): Promise<SegmentPage> {
    const segment = { index, count: this.segments.length, space: this.from.space ?? undefined };
    const page = await scanPage(this.connection, this.settings, segment, after);
    this.count({ scanned: page.scanned, scans: 1, readUnits: page.units });
    this.listener.progressed(page.scanned, this.counts);
    return page;
  }

  private async isDoomed({ space, generation, loadedAtMs }: ScannedEntry): Promise<boolean> {
    const now = await this.generations.of(space);
    if (!now) return false;
    const isOlder = generation !== now.generation && loadedAtMs < now.fromMs;
    if (!isOlder) this.count({ younger: 1 });
    return isOlder;
  }

  private async delete(entries: readonly Pending[]): Promise<void> {
    const batches: (readonly Pending[])[] = [];
    for (let start = 0; start < entries.length; start += MAX_BATCH)
      batches.push(entries.slice(start, start + MAX_BATCH));
    const worker = async () => {
      for (let batch = batches.shift(); batch; batch = batches.shift()) {
        this.signal.throwIfAborted();
        this.countDeletes(await deleteUnchanged(batch, this.connection, this.settings, this.signal));
        this.listener.progressed(0, this.counts);
      }
    };
    const workers = Array.from({ length: Math.min(BATCHES_AT_ONCE, batches.length) }, worker);
    const results = await Promise.allSettled(workers);
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  private countDeletes({ deleted, changed, requests, units }: DeleteOutcome): void {
    this.count({ deleted, changed, deletes: requests, writeUnits: units });
  }

  private count(more: Partial<FlushCounts>): void {
    this.counts = addCounts(this.counts, more);
  }
}
