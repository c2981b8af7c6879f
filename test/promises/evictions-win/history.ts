/**
 * What several processes did to one cache, and what breaks the promise that evictions win: "after an eviction or put
 * resolves, no reader in any process is given a value whose load began before it".
 *
 * The source of truth holds a version per key that only grows. Who evicts commits a version first, so a value whose
 * load began after the eviction has that version or a later one. Times are of one clock for all processes.
 */

/** A call that was given a value. */
export interface Read {
  readonly worker: number;
  readonly key: string;
  readonly calledAt: number;
  /** When the request scope it ran in was opened. A scope may lag behind other processes by its own life. */
  readonly scopedAt?: number;
  readonly version: number;
  readonly origin: 'load' | 'set';
}

/** An eviction or put that was acknowledged. */
export interface Overwrite {
  readonly kind: 'delete' | 'set';
  readonly worker: number;
  readonly key: string;
  readonly calledAt: number;
  readonly ackedAt: number;
  /** The version that was committed to the source of truth before the call. */
  readonly version: number;
}

export interface Violation {
  readonly read: Read;
  readonly overwrite: Overwrite;
}

export class History {
  readonly reads: Read[] = [];
  readonly overwrites: Overwrite[] = [];

  add(reads: readonly Read[], overwrites: readonly Overwrite[]): void {
    this.reads.push(...reads);
    this.overwrites.push(...overwrites);
  }

  /**
   * Each read that was given less than an overwrite acknowledged before it requires. A history that misses events, because
   * it is still being gathered, shows fewer violations, never others.
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
      return overwrite ? [{ read, overwrite }] : [];
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
    this.sets = new Map(overwrites.filter(({ kind }) => kind === 'set').map((set) => [set.version, set]));
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
    const lagsSince = overwrite.worker === read.worker ? undefined : read.scopedAt;
    if (overwrite.ackedAt >= (lagsSince ?? read.calledAt)) return false;
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
