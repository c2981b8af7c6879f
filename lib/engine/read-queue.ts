/**
 * Gathers the reads that are asked for in one turn of the event loop into one read of the store. A read that has been
 * sent is never joined: it may be older than an eviction which the caller has seen acknowledged.
 */
import type { Spent } from '../observability/charge';
import type { Observer, Subject } from '../observability/observer';
import type { Stored } from '../tiers/entry';
import type { Answered } from '../tiers/entry-store';

type ReadMany = (
  keys: readonly string[],
  consistent: boolean,
  spent: Spent,
  answered: Answered | undefined,
) => Promise<ReadonlyMap<string, Stored>>;

interface Waiting {
  /** Who shares what the read costs. */
  readonly payers: Subject[];
  readonly answer: Promise<Stored>;
  readonly resolve: (stored: Stored) => void;
  readonly reject: (error: unknown) => void;
}

const NOTHING: Stored = { state: 'empty', version: undefined };
/** As many as a BatchGetItem takes. */
export const MAX_KEYS_A_READ = 100;

export class ReadQueue {
  private readonly queues = { consistent: new Map<string, Waiting>(), eventual: new Map<string, Waiting>() };
  private isScheduled = false;

  /** @param keysARead how many keys leave together, at most */
  constructor(
    private readonly readMany: ReadMany,
    private readonly observer: Pick<Observer, 'spend'>,
    private readonly keysARead = MAX_KEYS_A_READ,
  ) {}

  /** @param payer the call that it is for */
  read(key: string, consistent: boolean, payer: Subject): Promise<Stored> {
    const queue = consistent ? this.queues.consistent : this.queues.eventual;
    const waiting = queue.get(key) ?? enqueue(queue, key);
    waiting.payers.push(payer);
    if (!this.isScheduled) {
      this.isScheduled = true;
      setImmediate(() => {
        this.send();
      });
    }
    return waiting.answer;
  }

  private send(): void {
    this.isScheduled = false;
    for (const [name, queue] of Object.entries(this.queues)) {
      const batch = [...queue];
      queue.clear();
      for (let start = 0; start < batch.length; start += this.keysARead) {
        void this.answer(new Map(batch.slice(start, start + this.keysARead)), name === 'consistent');
      }
    }
  }

  private async answer(batch: ReadonlyMap<string, Waiting>, consistent: boolean): Promise<void> {
    // Who has an answer does not wait for the others, nor shares their failure. In a later turn: when all answers come at
    // once the read is over first, and with it what the breaker makes of it.
    const early: [Waiting | undefined, Stored][] = [];
    const answer = () => {
      for (const [waiting, stored] of early.splice(0)) waiting?.resolve(stored);
    };
    const answered: Answered = (key, stored) => {
      if (early.push([batch.get(key), stored]) === 1) setImmediate(answer);
    };
    const spent: Spent = (charge) => {
      this.observer.spend(batch.get(charge.address)?.payers ?? [], charge);
    };
    try {
      const found = await this.readMany(
        [...batch.keys()],
        consistent,
        spent,
        batch.size > 1 ? answered : undefined,
      );
      for (const [key, waiting] of batch) waiting.resolve(found.get(key) ?? NOTHING);
    } catch (error) {
      answer();
      for (const waiting of batch.values()) waiting.reject(error);
    }
  }
}

function enqueue(queue: Map<string, Waiting>, key: string): Waiting {
  let settle!: Pick<Waiting, 'resolve' | 'reject'>;
  const answer = new Promise<Stored>((resolve, reject) => {
    settle = { resolve, reject };
  });
  const waiting: Waiting = { payers: [], answer, ...settle };
  queue.set(key, waiting);
  return waiting;
}
