/**
 * Any Keyv store (Redis, Memcached, a file) as a tier in front of the table. What is kept in it repeats what the table
 * said, for a short life of its own; it may fail, hang or lie, and then the table is asked.
 */
import type { Clock } from '../clock';
import { type Copy, packCopy, unpackCopy } from './copy';

/** The part of Keyv that a tier needs. */
export interface KeyvLike {
  get(keys: string[]): Promise<unknown>;
  set(key: string, value: unknown, ttlMs: number): Promise<unknown>;
  delete(key: string): Promise<unknown>;
}

/** Runs an operation under a deadline and a breaker of the tier's own. */
export type Guarded = <T>(name: string, operation: () => Promise<T>) => Promise<T>;

export interface KeyvTierOptions {
  readonly keyv: KeyvLike;
  /** How long an answer of the table may be repeated, ms. */
  readonly ttlMs: number;
  /** What stands before its keys: caches of two tables may share a Redis. */
  readonly prefix: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly guarded: Guarded;
}

export class KeyvTier {
  readonly ttlMs: number;

  constructor(private readonly options: KeyvTierOptions) {
    this.ttlMs = options.ttlMs;
  }

  /** What the tier may still say of these addresses; undefined when it is sick. */
  async read(addresses: readonly string[]): Promise<Map<string, Copy> | undefined> {
    const found = new Map<string, Copy>();
    if (addresses.length === 0) return found;
    const { guarded, keyv } = this.options;
    try {
      const values = await guarded('read', () => keyv.get(addresses.map((address) => this.keyOf(address))));
      if (!Array.isArray(values)) return found;
      addresses.forEach((address, i) => {
        const copy = unpackCopy(values[i]);
        if (copy && this.isCurrent(copy)) found.set(address, copy);
      });
      return found;
    } catch {
      return undefined;
    }
  }

  /** Keeps what the table said, as long as it may be repeated, and at most as long as this tier keeps anything. */
  async write(copies: ReadonlyMap<string, Copy>): Promise<void> {
    const { clock, keyv } = this.options;
    const nowMs = clock.now();
    await this.attempt('write', [...copies], ([address, { stored, untilMs: furthestMs }]) => {
      const untilMs = Math.min(furthestMs, nowMs + this.ttlMs);
      return keyv.set(this.keyOf(address), packCopy({ stored, untilMs }), Math.max(1, untilMs - nowMs));
    });
  }

  async forget(addresses: readonly string[]): Promise<void> {
    await this.attempt('forget', addresses, (address) => this.options.keyv.delete(this.keyOf(address)));
  }

  // A client that lost its connection may send late what it was told to write: so the end is in the copy. And an end
  // further off than this tier's life was set by another clock.
  private isCurrent({ untilMs }: Copy): boolean {
    const leftMs = untilMs - this.options.clock.now();
    return leftMs > 0 && leftMs <= this.ttlMs;
  }

  // A slash, because Keyv takes a key that starts with its own namespace and a colon for one that it has prefixed already.
  private keyOf(address: string): string {
    return `${this.options.prefix}/${address}`;
  }

  private async attempt<T>(
    name: string,
    items: readonly T[],
    send: (item: T) => Promise<unknown>,
  ): Promise<void> {
    if (items.length === 0) return;
    try {
      await this.options.guarded(name, () => Promise.all(items.map(send)));
    } catch {
      // What it could not be told ends with its short life.
    }
  }
}
