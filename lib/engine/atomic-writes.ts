/**
 * Writes that happen once or not at all. Each is conditional on the version that was read, and named by its own: sent
 * again after a lost response it recognises itself. Only when somebody else has written in between can nobody tell any
 * more whether it stood; then the caller hears that, and it is not tried again.
 */
import type { Clock } from '../clock';
import type { Observer } from '../observability/observer';
import type { Entry, Version } from '../tiers/entry';
import { EntryRefusedError, orRefusal } from '../tiers/entry-refused-error';
import type { EntryStore, StoreCall } from '../tiers/entry-store';
import { AtomicOperationError } from './atomic-operation-error';
import type { Evictor } from './evictor';
import { keepAwake } from './keep-awake';
import type { Reader } from './reader';
import type { Found } from './request-scope';
import { BreakerOpenError, type StoreGuard } from './store-guard';
import type { Target } from './target';

type Operation = AtomicOperationError['operation'];

/** What a read leads to: something to write in its place, or the answer at once. */
export interface Decision<T> {
  readonly entry: Entry | undefined;
  readonly result: T;
}

/** Where a write goes, and what its errors call it. */
export interface AtomicTarget {
  readonly operation: Operation;
  readonly label: string;
  readonly address: string;
}

// How often a request is sent that was not answered: each has a budget of its own.
const SENDS = 3;
// Somebody makes progress each time, so only a crowd of processes is ever refused.
const ATTEMPTS = 40;
const OTHERWISE = 'it is sent again, or its caller is told. Said once until DynamoDB answers again.';
const FIRST_WAIT_MS = 5;
const LAST_WAIT_MS = 250;

export class AtomicWrites {
  private readonly turns = new Map<string, Promise<unknown>>();

  constructor(
    private readonly store: EntryStore,
    private readonly guard: StoreGuard,
    private readonly reader: Reader,
    private readonly evictor: Evictor,
    private readonly observer: Observer,
    private readonly clock: Clock,
  ) {}

  /**
   * Reads, decides and writes, again and again until nothing came in between. Callers of this process take turns.
   *
   * @throws AtomicOperationError, and what `decide` throws
   */
  async update<T>(operation: Operation, target: Target, decide: (found: Found) => Decision<T>): Promise<T> {
    const { address, label } = target;
    return this.inTurn(address, async () => {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (attempt > 0) await this.backOff(attempt);
        const { found, isEvicted } = await this.look(operation, target);
        const { entry, result } = decide(found);
        if (!entry) return result;
        const seen = found.seen.known ? found.seen.version : undefined;
        const write = () => this.write({ operation, label, address }, entry, seen);
        if (await this.evictor.replacing(address, isEvicted, write)) return result;
      }
      throw new AtomicOperationError(operation, label, 'contended', false);
    });
  }

  /**
   * Writes an entry where `seen` still stands.
   *
   * @returns whether it stands now; if not, it never did
   * @throws AtomicOperationError when that cannot be told
   */
  async write(
    { operation, label, address }: AtomicTarget,
    entry: Entry,
    seen: Version | undefined,
  ): Promise<boolean> {
    const sent = { mayStand: false };
    const send = async () => {
      try {
        return await this.ask(operation, (call) =>
          orRefusal(() => this.store.fill(address, entry, seen, call)),
        );
      } catch (error) {
        sent.mayStand ||= !(error instanceof BreakerOpenError);
        throw error;
      }
    };
    const outcome = await this.persist(send).catch((cause: unknown) => {
      throw new AtomicOperationError(operation, label, 'unreachable', sent.mayStand, { cause });
    });
    if (outcome instanceof EntryRefusedError) {
      throw new AtomicOperationError(operation, label, 'not-kept', sent.mayStand, { cause: outcome });
    }
    if (outcome.filled) return true;
    if (!sent.mayStand && !outcome.mayHaveFilled) return false;
    throw new AtomicOperationError(operation, label, 'unsure', true);
  }

  /** One request, whose failure somebody is told of. */
  ask<T>(operation: Operation, send: (call: StoreCall) => Promise<T>): Promise<T> {
    const spent = this.observer.billTo();
    return this.guard.run(operation, (signal) => send({ signal, spent }), OTHERWISE);
  }

  /** Sends a request until it is answered, a few times at most. @throws what the last of them rejected with */
  async persist<T>(send: () => Promise<T>): Promise<T> {
    for (let sends = 1; ; sends++) {
      try {
        return await send();
      } catch (error) {
        if (sends === SENDS || error instanceof BreakerOpenError) throw error;
        await this.backOff(sends);
      }
    }
  }

  /** What stands there; as nothing, where an eviction of this process is still on its way. */
  private async look(operation: Operation, target: Target): Promise<{ found: Found; isEvicted: boolean }> {
    try {
      const found = await this.persist(() =>
        this.reader.look(target, true, { label: target.label, name: undefined }),
      );
      const isEvicted = this.evictor.isOnItsWay(target.address);
      return { found: isEvicted ? { ...found, entry: undefined } : found, isEvicted };
    } catch (cause) {
      throw new AtomicOperationError(operation, target.label, 'unreachable', false, { cause });
    }
  }

  private async inTurn<T>(address: string, work: () => Promise<T>): Promise<T> {
    const before = this.turns.get(address);
    const mine = before ? before.then(work, work) : work();
    this.turns.set(address, mine);
    try {
      return await mine;
    } finally {
      if (this.turns.get(address) === mine) this.turns.delete(address);
    }
  }

  private async backOff(attempt: number): Promise<void> {
    const longestMs = Math.min(LAST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
    await keepAwake(this.clock.wait(longestMs * Math.random()));
  }
}
