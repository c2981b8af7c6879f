/**
 * What several processes did to one cache, and what breaks the promise that evictions win: "after an eviction or put
 * resolves, no reader in any process is given a value whose load began before it".
 *
 * The source of truth holds a version per key that only grows. Who evicts commits a version first, so a value whose
 * load began after the eviction has that version or a later one. Times are of one clock for all processes.
 */

/** A call that was given a value, or an error that carried one. */
export interface Read {
  readonly worker: number;
  readonly key: string;
  readonly calledAt: number;
  /** When the request scope it ran in was opened. A scope may lag behind other processes by its own life. */
  readonly scopedAt?: number | undefined;
  /** The life of the memory tier, where the answer may be out of one. It may lag behind other processes by so much. */
  readonly memoryNs?: number | undefined;
  /**
   * When the load began that it joined by key alone, because the table could not be read. It cannot know what other
   * processes evicted since, so it may be given what that load found.
   */
  readonly blindSince?: number | undefined;
  readonly version: number;
  readonly origin: 'load' | 'set';
  /** Where the value was in the table already: how long its life was over when it was served, by the reader's clock. */
  readonly age?: { readonly pastLifeMs: number; readonly mayBeMs: number } | undefined;
}

/** An eviction or put that is over. */
export interface Overwrite {
  readonly kind: 'delete' | 'set' | 'tags' | 'clear';
  readonly worker: number;
  readonly key: string;
  readonly calledAt: number;
  readonly ackedAt: number;
  /** The version that was committed to the source of truth before the call. */
  readonly version: number;
  /** It was rejected, so that it binds its own process alone; it may reach the table later. */
  readonly isLost?: boolean | undefined;
  /** How much later other processes may follow. */
  readonly followedWithinNs?: number | undefined;
}

/** A value that was older than an overwrite allows or, without one, past its life. */
export interface Violation {
  readonly read: Read;
  readonly overwrite?: Overwrite;
}

export class History {
  readonly reads: Read[] = [];
  readonly overwrites: Overwrite[] = [];

  add(reads: readonly Read[], overwrites: readonly Overwrite[]): void {
    this.reads.push(...reads);
    this.overwrites.push(...overwrites);
  }

  /**
   * Each read that was given less than an overwrite acknowledged before it requires, or something past its life. A
   * history that misses events, because it is still being gathered, shows fewer violations, never others.
   */
  violations(): Violation[] {
    const keys = new Set(this.overwrites.map(({ key }) => key));
    const journals = new Map(
      [...keys].map((key) => [
        key,
        new Journal(this.overwrites.filter((overwrite) => overwrite.key === key)),
      ]),
    );
    return this.reads.flatMap((read) => {
      const overwrite = journals.get(read.key)?.breaking(read);
      if (overwrite) return [{ read, overwrite }];
      return isPastLife(read) ? [{ read }] : [];
    });
  }
}

/** The overwrites of one key. */
class Journal {
  private readonly byAck: readonly Overwrite[];
  /** The highest version among the first overwrites up to each. */
  private readonly highest: readonly number[];
  private readonly sets: ReadonlyMap<number, Overwrite>;

  constructor(overwrites: readonly Overwrite[]) {
    this.byAck = [...overwrites].sort((a, b) => a.ackedAt - b.ackedAt);
    let highest = 0;
    this.highest = this.byAck.map(({ version }) => (highest = Math.max(highest, version)));
    // One that was lost may still arrive at any time, so it is never over.
    const sets = overwrites.filter(({ kind, isLost }) => kind === 'set' && !isLost);
    this.sets = new Map(sets.map((set) => [set.version, set]));
  }

  /** An overwrite that the read should have seen. */
  breaking(read: Read): Overwrite | undefined {
    const before = this.countAckedBefore(read.calledAt);
    if (read.version >= (this.highest[before - 1] ?? 0)) return undefined;
    return this.byAck
      .slice(0, before)
      .find((overwrite) => overwrite.version > read.version && this.binds(overwrite, read));
  }

  private binds(overwrite: Overwrite, read: Read): boolean {
    if (overwrite.worker === read.worker) {
      if (overwrite.ackedAt >= read.calledAt) return false;
    } else {
      if (overwrite.isLost) return false;
      if (overwrite.ackedAt + (overwrite.followedWithinNs ?? 0) >= shownSince(read)) return false;
    }
    // Who puts an older version than another evicts at the same time may be the later one of the two: both wrote.
    return read.origin === 'load' || this.wasOver(this.sets.get(read.version), overwrite.calledAt);
  }

  private wasOver(set: Overwrite | undefined, moment: number): boolean {
    return set !== undefined && set.ackedAt < moment;
  }

  private countAckedBefore(moment: number): number {
    let [low, high] = [0, this.byAck.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.byAck[middle]!.ackedAt < moment) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The moment from which on a read has to show what other processes did. */
function shownSince({ calledAt, scopedAt = calledAt, memoryNs = 0, blindSince = Infinity }: Read): number {
  return Math.min(scopedAt - memoryNs, blindSince);
}

function isPastLife({ age }: Read): boolean {
  return age !== undefined && age.pastLifeMs >= age.mayBeMs;
}
