/**
 * Gathers the puts that are asked for in one turn of the event loop into few writes of the store. They cost as many write
 * units as one by one. Evictions do not leave together: each tells whether there was an entry, and a BatchWriteItem does
 * not; nor do fills, which are conditional.
 */
import type { Spent } from '../observability/charge';
import type { Entry } from '../tiers/entry';
import { EntryRefusedError, orRefusal } from '../tiers/entry-refused-error';
import type { EntryStore, StoreCall } from '../tiers/entry-store';
import type { StoreGuard } from './store-guard';

const MAX_PUTS_A_WRITE = 25;
// A write has one budget, whatever its size.
const MAX_BYTES_A_WRITE = 1024 * 1024;

interface Put {
  readonly address: string;
  readonly entry: Entry;
  readonly spent: Spent;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class PutQueue {
  private readonly waiting: Put[] = [];

  constructor(
    private readonly store: EntryStore,
    private readonly guard: StoreGuard,
    private readonly batch: boolean,
  ) {}

  /**
   * @param spent is told what it costs
   * @throws what the write that it is part of throws
   */
  put(address: string, entry: Entry, spent: Spent): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.waiting.push({ address, entry, spent, resolve, reject }) > 1) return;
      setImmediate(() => {
        for (const group of this.groupsOf(this.waiting.splice(0))) void this.send(group);
      });
    });
  }

  // DynamoDB refuses a request that has a key twice.
  private groupsOf(puts: readonly Put[]): Map<string, Put>[] {
    const groups: Map<string, Put>[] = [];
    let bytes = 0;
    for (const put of puts) {
      const group = groups.at(-1);
      bytes += put.entry.bytes.byteLength;
      if (group && this.mayJoin(put, group) && bytes <= MAX_BYTES_A_WRITE) {
        group.set(put.address, put);
        continue;
      }
      groups.push(new Map([[put.address, put]]));
      bytes = put.entry.bytes.byteLength;
    }
    return groups;
  }

  private mayJoin({ address }: Put, group: ReadonlyMap<string, Put>): boolean {
    const canBatch = this.batch && this.store.putMany !== undefined;
    return canBatch && group.size < MAX_PUTS_A_WRITE && !group.has(address);
  }

  private async send(group: ReadonlyMap<string, Put>): Promise<void> {
    const puts = [...group.values()];
    const spent: Spent = (charge) => {
      group.get(charge.address)?.spent(charge);
    };
    try {
      // Inside the guard, so that a refusal does not count against the table.
      const outcome = await this.guard.run('put', (signal) =>
        orRefusal(() => this.write(puts, { signal, spent })),
      );
      if (!(outcome instanceof EntryRefusedError)) {
        for (const { resolve } of puts) resolve();
        return;
      }
      // One that is refused does not take the others along.
      if (puts.length > 1) await this.sendEach(puts);
      else puts[0]?.reject(outcome);
    } catch (error) {
      for (const { reject } of puts) reject(error);
    }
  }

  private async sendEach(puts: readonly Put[]): Promise<void> {
    await Promise.all(puts.map((put) => this.send(new Map([[put.address, put]]))));
  }

  private async write(puts: readonly Put[], call: StoreCall): Promise<void> {
    const [only, ...rest] = puts;
    if (only && rest.length === 0) return this.store.put(only.address, only.entry, call);
    const entries = new Map(puts.map(({ address, entry }) => [address, entry]));
    await this.store.putMany?.(entries, call);
  }
}
