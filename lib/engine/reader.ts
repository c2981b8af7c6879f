/**
 * The read path: request scope, memory tier, then the table, where the entry and the stamps it depends on travel in
 * one request. It never rejects: a read that failed, ran out of time or was not sent saw nothing, so what is loaded
 * then is not written back.
 */
import type { Clock } from '../clock';
import { isPromise } from '../is-promise';
import type { Subject } from '../observability/observer';
import type { Entry } from '../tiers/entry';
import type { MemoryTier } from '../tiers/memory-tier';
import { type Answer, SettledMemo, answerOf } from './answer';
import type { EngineOptions } from './engine-options';
import type { EvictionLog } from './eviction-log';
import type { FleetChanges } from './fleet-changes';
import { UNSEEN } from './flights';
import { isGone } from './freshness';
import type { LateEvictions } from './late-evictions';
import { type Moment, between, momentOf } from '../moment';
import type { ReadQueue } from './read-queue';
import { ReadsUnderWay } from './reads-under-way';
import type { Found, Memo, RequestScope, RequestScopes, Taken } from './request-scope';
import { COARSE_MEMORY_MS, type CoarseStamps, type Generations, NEVER_EVICTED, isValid } from './stamps';
import type { StampAddress, Target } from './target';

// How long a replica may lag behind an eviction of this process; such a key is read consistently, at twice the price.
const REPLICATION_LAG_MS = Math.max(5_000, COARSE_MEMORY_MS);

const NOT_READ: Found = { seen: UNSEEN, entry: undefined };

export class Reader {
  private readonly clock: Clock;
  readonly underWay = new ReadsUnderWay();

  constructor(
    private readonly queue: ReadQueue,
    private readonly scopes: RequestScopes,
    private readonly memory: MemoryTier<SettledMemo> | undefined,
    private readonly coarse: CoarseStamps,
    private readonly evictions: EvictionLog,
    private readonly late: LateEvictions,
    private readonly fleet: FleetChanges,
    private readonly options: Pick<EngineOptions, 'clock' | 'consistentRead' | 'maxLifeMs'>,
  ) {
    this.clock = options.clock;
  }

  /** The present, to be kept beside a read or a load that begins now. */
  taken(): Taken {
    return { mark: this.evictions.mark(), takenAt: momentOf(this.clock) };
  }

  /** What there is at an address now. */
  async find(target: Target, subject: Subject): Promise<Answer> {
    return this.recall(target, momentOf(this.clock)) ?? this.ask(target, subject);
  }

  /** What this process knows of an address without waiting for anything. */
  recall(target: Target, present: Moment): Answer | undefined {
    const scope = this.scopes.current();
    const memo = scope?.recall(target.address, present);
    if (memo && !this.isOvertaken(target, memo)) {
      const { found } = memo;
      // Another call of this request is still reading, or did not read all that this one depends on.
      if (isPromise(found) || !hasSeen(found, target)) return undefined;
      if (!this.isOvertaken(target, memo, found.entry))
        return answerOf(this.existing(found, present.wallMs), 'scope');
    }
    return this.fromMemory(target, scope, present);
  }

  /** `find`, when it could not be recalled. */
  ask(target: Target, subject: Subject): Promise<Answer> {
    const scope = this.scopes.current();
    const memo = scope?.recall(target.address);
    if (!scope || !memo || this.isOvertaken(target, memo)) return this.askTable(target, scope, subject);
    return this.askScope(scope, target, memo, subject);
  }

  /** What stands in the table now, past every memory. @throws when it cannot be read */
  async look(
    target: Target,
    consistent: boolean,
    subject: Subject,
    present = momentOf(this.clock),
  ): Promise<Found> {
    const generations = this.remembered(target.stamps, consistent, present);
    const reading = this.queue.read(target.address, consistent, subject);
    const isLone = generations.size === target.stamps.length;
    const [stored] = isLone
      ? [await reading]
      : await Promise.all([reading, this.readStamps(target.stamps, generations, consistent, subject)]);
    const standing = stored.state === 'entry' ? stored.entry : undefined;
    const unnamed = this.unnamed(target, standing);
    const addresses = unnamed.map(({ address }) => address);
    if (unnamed.length > 0)
      await this.readStamps(unnamed, generations, consistent || this.wereEvictedHere(addresses), subject);
    const isBelieved = standing && isValid(standing, generations) && !this.areOnTheirWay(addresses);
    const seen = { known: true, version: stored.version, generations } as const;
    return this.existing({ seen, entry: isBelieved ? standing : undefined });
  }

  /** The present generations of what a target depends on; undefined when they cannot be read. */
  async stampsOf(target: Target, subject: Subject): Promise<Generations | undefined> {
    const addresses = target.stamps.map(({ address }) => address);
    const consistent = this.options.consistentRead || this.wereEvictedHere(addresses);
    try {
      const generations = this.remembered(target.stamps, consistent);
      await this.readStamps(target.stamps, generations, consistent, subject);
      return generations;
    } catch {
      return undefined;
    }
  }

  /** Makes what has just been loaded what this request is served. */
  rememberInScope(target: Target, found: Found, taken: Taken): void {
    this.scopes.current()?.remember(target.address, { ...taken, found });
  }

  /** Keeps what the table has said, or been told, for the callers of this process. */
  keepInMemory(target: Target, found: Found, taken: Taken): void {
    const memo = new SettledMemo(taken, found);
    if (!this.memory || !found.entry || !this.isCurrent(target, memo, momentOf(this.clock))) return;
    if (this.fleet.hasChanged(target.address, taken.mark)) return;
    this.memory.set(target.address, memo);
  }

  private async askScope(scope: RequestScope, target: Target, memo: Memo, subject: Subject): Promise<Answer> {
    const found = await this.fromScope(scope, target, memo, subject);
    if (found) return answerOf(found, 'scope');
    // Overtaken while the other call was reading.
    const remembered = this.fromMemory(target, scope, momentOf(this.clock));
    return remembered ?? this.askTable(target, scope, subject);
  }

  private askTable(target: Target, scope: RequestScope | undefined, subject: Subject): Promise<Answer> {
    const taken = this.taken();
    const reading = this.read(target, subject, taken);
    this.underWay.note(target.address, reading);
    scope?.remember(target.address, { ...taken, found: reading });
    return reading;
  }

  private async fromScope(
    scope: RequestScope,
    target: Target,
    memo: Memo,
    subject: Subject,
  ): Promise<Found | undefined> {
    const found = isPromise(memo.found) ? await memo.found : memo.found;
    // An eviction may have come while the other call of this request was still reading.
    if (this.isOvertaken(target, memo, found.entry)) return undefined;
    if (hasSeen(found, target)) return this.existing(found);
    const completing = this.complete(target, found, subject);
    scope.remember(target.address, { ...memo, found: completing });
    return this.existing(await completing);
  }

  // The other call of this request depended on other stamps: those that it did not read are read now.
  private async complete(target: Target, { seen, entry }: Found, subject: Subject): Promise<Found> {
    if (!seen.known) return NOT_READ;
    const addresses = target.stamps.map(({ address }) => address);
    const consistent = this.options.consistentRead || this.wereEvictedHere(addresses);
    try {
      const generations = new Map([...this.remembered(target.stamps, consistent), ...seen.generations]);
      await this.readStamps(target.stamps, generations, consistent, subject);
      const isBelieved = entry && isValid(entry, generations) && !this.areOnTheirWay(addresses);
      return { seen: { ...seen, generations }, entry: isBelieved ? entry : undefined };
    } catch {
      return NOT_READ;
    }
  }

  private fromMemory(target: Target, scope: RequestScope | undefined, present: Moment): Answer | undefined {
    if (!this.memory || !this.fleet.isHeard) return undefined;
    const memo = this.memory.get(target.address);
    if (!memo) return undefined;
    const { entry } = memo.found;
    if (!entry || !this.isFresh(entry, present.wallMs) || !this.isCurrent(target, memo, present)) {
      this.memory.delete(target.address);
      return undefined;
    }
    if (memo.seenFor !== target.stamps) {
      if (!hasSeen(memo.found, target)) return undefined;
      memo.seenFor = target.stamps;
    }
    scope?.remember(target.address, memo);
    return memo.found;
  }

  private async read(target: Target, subject: Subject, taken: Taken): Promise<Answer> {
    const addresses = addressesOf(target);
    if (this.areOnTheirWay(addresses)) return answerOf(NOT_READ, 'table');
    const consistent = this.options.consistentRead || this.wereEvictedHere(addresses);
    try {
      const found = await this.look(target, consistent, subject, taken.takenAt);
      this.keepInMemory(target, found, taken);
      return answerOf(found, 'table');
    } catch {
      return answerOf(NOT_READ, 'table'); // Counted and logged by the guard.
    }
  }

  /** Adds the generations that are not known yet. Asked for in one turn, so they travel with the entry. */
  private async readStamps(
    stamps: readonly StampAddress[],
    generations: Map<string, string>,
    consistent: boolean,
    subject: Subject,
  ): Promise<void> {
    const sentAt = momentOf(this.clock);
    await Promise.all(
      stamps
        .filter(({ name }) => !generations.has(name))
        .map(async ({ name, address, isCoarse }) => {
          const { version = NEVER_EVICTED } = await this.queue.read(address, consistent, subject);
          generations.set(name, version);
          if (isCoarse) this.coarse.remember(address, version, sentAt);
        }),
    );
  }

  private remembered(
    stamps: readonly StampAddress[],
    consistent: boolean,
    present = momentOf(this.clock),
  ): Map<string, string> {
    const known = new Map<string, string>();
    if (consistent) return known;
    for (const { name, address, isCoarse } of stamps) {
      const generation = isCoarse ? this.coarse.recall(address, present) : undefined;
      if (generation !== undefined) known.set(name, generation);
    }
    return known;
  }

  // An entry may depend on stamps that this caller did not name: one who knows the key alone, or another release.
  private unnamed(target: Target, entry: Entry | undefined): StampAddress[] {
    if (!entry?.stamps) return [];
    return [...entry.stamps.keys()]
      .filter((name) => target.stamps.every((stamp) => stamp.name !== name))
      .map((name) => ({ name, address: target.stampAddress(name), isCoarse: false }));
  }

  /** Whether what was taken has been evicted here since, by its key or by anything it depends on. */
  private isOvertaken(target: Target, { mark }: Taken, entry?: Entry): boolean {
    if (this.evictions.isQuiet(mark)) return false;
    const isEvicted = ({ address }: { address: string }) => this.evictions.overtaken(address, mark);
    return isEvicted(target) || target.stamps.some(isEvicted) || this.unnamed(target, entry).some(isEvicted);
  }

  // Its life counts from when it was read, or its load began: so nobody's eviction is missed for longer than that.
  private isCurrent(target: Target, memo: SettledMemo, present: Moment): boolean {
    const isYoung = between(memo.takenAt, present) < (this.memory?.ttlMs ?? 0);
    return isYoung && !this.isOvertaken(target, memo, memo.found.entry);
  }

  private isFresh(entry: Entry, wallMs: number): boolean {
    return entry.freshUntilMs > wallMs && !isGone(entry, wallMs, this.options.maxLifeMs);
  }

  // An eviction that is still on its way: the table would tell what it tells away.
  private areOnTheirWay(addresses: readonly string[]): boolean {
    return addresses.some((address) => this.late.has(address));
  }

  private wereEvictedHere(addresses: readonly string[]): boolean {
    return addresses.some(
      (address) =>
        this.evictions.isRecent(address, REPLICATION_LAG_MS) ||
        this.fleet.isRecent(address, REPLICATION_LAG_MS),
    );
  }

  // The wall clock is asked after every await: the process may have been frozen meanwhile.
  private existing<F extends Found>(found: F, wallMs = this.clock.now()): F {
    const { entry } = found;
    if (!entry || !isGone(entry, wallMs, this.options.maxLifeMs)) return found;
    return { ...found, entry: undefined };
  }
}

function addressesOf({ address, stamps }: Target): string[] {
  return [address, ...stamps.map((stamp) => stamp.address)];
}

/** Whether the generation of everything a target depends on was read, too; what saw nothing claims nothing. */
function hasSeen({ seen }: Found, { stamps }: Target): boolean {
  if (!seen.known) return true;
  for (const { name } of stamps) if (!seen.generations.has(name)) return false;
  return true;
}
