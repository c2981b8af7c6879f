/**
 * The read path: request scope, memory tier, then the table, where the entry and the stamps it depends on travel in
 * one request. It never rejects: a read that failed, ran out of time or was not sent saw nothing, so what is loaded
 * then is not written back.
 */
import type { Clock } from '../clock';
import type { Observer, Subject } from '../observability/observer';
import type { Entry } from '../tiers/entry';
import type { MemoryTier } from '../tiers/memory-tier';
import type { EngineOptions } from './engine-options';
import type { EvictionLog } from './eviction-log';
import { UNSEEN } from './flights';
import { isGone } from './freshness';
import type { ReadQueue } from './read-queue';
import type { Found, Memo, RequestScope, RequestScopes } from './request-scope';
import { COARSE_MEMORY_MS, type CoarseStamps, type Generations, NEVER_EVICTED, isValid } from './stamps';
import type { StampAddress, Target } from './target';

// How long a replica may lag behind an eviction of this process; such a key is read consistently, at twice the price.
const REPLICATION_LAG_MS = Math.max(5_000, COARSE_MEMORY_MS);

const NOT_READ: Found = { seen: UNSEEN, entry: undefined };

/** Where an answer came from. */
export type Source = 'scope' | 'memory' | 'table';

export interface Answer extends Found {
  readonly source: Source;
}

export class Reader {
  private readonly clock: Clock;

  constructor(
    private readonly queue: ReadQueue,
    private readonly scopes: RequestScopes,
    private readonly memory: MemoryTier<Found> | undefined,
    private readonly coarse: CoarseStamps,
    private readonly evictions: EvictionLog,
    private readonly observer: Observer,
    private readonly options: Pick<EngineOptions, 'clock' | 'consistentRead' | 'maxLifeMs'>,
  ) {
    this.clock = options.clock;
  }

  /** The present order of evictions, to be kept beside a load that begins now. */
  mark(): number {
    return this.evictions.mark();
  }

  /** What there is at an address now. */
  async find(target: Target, subject: Subject): Promise<Answer> {
    const scope = this.scopes.current();
    const memo = scope && this.recall(scope, target);
    if (memo) {
      const found = memo.found instanceof Promise ? await memo.found : memo.found;
      // An eviction may have come while the other call of this request was still reading.
      if (!this.isOvertaken(target, memo.mark)) return { ...this.existing(found), source: 'scope' };
    }
    const mark = this.evictions.mark();
    const remembered = this.fromMemory(target);
    if (remembered) {
      scope?.remember(target.address, { found: remembered, mark, takenAtMs: this.clock.monotonic() });
      return { ...remembered, source: 'memory' };
    }
    const reading = this.read(target, subject, mark);
    scope?.remember(target.address, { found: reading, mark, takenAtMs: this.clock.monotonic() });
    return { ...(await reading), source: 'table' };
  }

  /** What stands in the table now, past every memory. @throws when it cannot be read */
  async look(target: Target, consistent: boolean): Promise<Found> {
    const generations = this.remembered(target.stamps, consistent);
    const [stored] = await Promise.all([
      this.queue.read(target.address, consistent),
      this.readStamps(target.stamps, generations, consistent),
    ]);
    if (stored.state !== 'entry') {
      return { seen: { known: true, version: stored.version, generations }, entry: undefined };
    }
    const entry = await this.valid(target, stored.entry, generations, consistent);
    return this.existing({ seen: { known: true, version: stored.version, generations }, entry });
  }

  /** The present generations of what a target depends on; undefined when they cannot be read. */
  async stampsOf(target: Target): Promise<Generations | undefined> {
    const { consistentRead } = this.options;
    try {
      const generations = this.remembered(target.stamps, consistentRead);
      await this.readStamps(target.stamps, generations, consistentRead || this.wasEvictedHere(target));
      return generations;
    } catch {
      return undefined;
    }
  }

  /** Makes what has just been loaded or set what this request, and this process, is served. */
  remember(target: Target, found: Found, mark: number): void {
    const memo: Memo = { found, mark, takenAtMs: this.clock.monotonic() };
    this.scopes.current()?.remember(target.address, memo);
    this.keepInMemory(target, found, mark);
  }

  private recall(scope: RequestScope, target: Target): Memo | undefined {
    const memo = scope.recall(target.address, this.clock.monotonic());
    if (!memo || !this.isOvertaken(target, memo.mark)) return memo;
    scope.forget(target.address);
    return undefined;
  }

  private fromMemory(target: Target): Found | undefined {
    const memo = this.memory?.get(target.address);
    if (!memo) return undefined;
    const found = this.existing(memo.found);
    const isFresh = found.entry !== undefined && found.entry.freshUntilMs > this.clock.now();
    if (isFresh && !this.isOvertaken(target, memo.mark)) return found;
    this.memory?.delete(target.address);
    return undefined;
  }

  private async read(target: Target, subject: Subject, mark: number): Promise<Found> {
    const consistent = this.options.consistentRead || this.wasEvictedHere(target);
    if (this.isUnsettled(target)) return NOT_READ;
    try {
      const stampsToRead = target.stamps.length - this.remembered(target.stamps, consistent).size;
      const found = await this.look(target, consistent);
      this.observer.read(subject, found.entry?.bytes.byteLength ?? 0, stampsToRead, consistent);
      this.keepInMemory(target, found, mark);
      return found;
    } catch {
      // Counted and logged by the guard.
      return NOT_READ;
    }
  }

  private keepInMemory(target: Target, found: Found, mark: number): void {
    const { entry } = found;
    if (!this.memory || !entry || this.isOvertaken(target, mark)) return;
    this.memory.set(target.address, { found, mark });
  }

  // An entry may depend on stamps that this caller did not name: one who knows the key alone, or another release.
  private async valid(
    target: Target,
    entry: Entry,
    generations: Generations,
    consistent: boolean,
  ): Promise<Entry | undefined> {
    const unnamed = [...(entry.stamps?.keys() ?? [])].filter((name) => !generations.has(name));
    if (unnamed.length === 0) return isValid(entry, generations) ? entry : undefined;
    const present = new Map(generations);
    const named = unnamed.map((name) => ({ name, address: target.stampAddress(name), isCoarse: false }));
    await this.readStamps(named, present, consistent);
    return isValid(entry, present) ? entry : undefined;
  }

  /** Adds the generations that are not known yet. Asked for in one turn, so they travel with the entry. */
  private async readStamps(
    stamps: readonly StampAddress[],
    generations: Map<string, string>,
    consistent: boolean,
  ): Promise<void> {
    const sentAtMs = this.clock.monotonic();
    await Promise.all(
      stamps
        .filter(({ name }) => !generations.has(name))
        .map(async ({ name, address, isCoarse }) => {
          const { version = NEVER_EVICTED } = await this.queue.read(address, consistent);
          generations.set(name, version);
          if (isCoarse) this.coarse.remember(address, version, sentAtMs);
        }),
    );
  }

  private remembered(stamps: readonly StampAddress[], consistent: boolean): Map<string, string> {
    const known = new Map<string, string>();
    if (consistent) return known;
    for (const { name, address, isCoarse } of stamps) {
      const generation = isCoarse ? this.coarse.recall(address) : undefined;
      if (generation !== undefined) known.set(name, generation);
    }
    return known;
  }

  private isOvertaken(target: Target, mark: number): boolean {
    return (
      this.evictions.overtaken(target.address, mark) ||
      target.stamps.some(({ address }) => this.evictions.overtaken(address, mark))
    );
  }

  // An eviction that is still on its way: the table would tell what it tells away.
  private isUnsettled(target: Target): boolean {
    return [target, ...target.stamps].some(({ address }) => this.evictions.isUnsettled(address));
  }

  private wasEvictedHere(target: Target): boolean {
    return (
      this.evictions.isRecent(target.address, REPLICATION_LAG_MS) ||
      target.stamps.some(({ address }) => this.evictions.isRecent(address, REPLICATION_LAG_MS))
    );
  }

  // The wall clock is asked after every await: the process may have been frozen meanwhile.
  private existing(found: Found): Found {
    const { entry } = found;
    if (!entry || !isGone(entry, this.clock.now(), this.options.maxLifeMs)) return found;
    return { ...found, entry: undefined };
  }
}
