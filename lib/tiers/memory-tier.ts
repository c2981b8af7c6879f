/**
 * Entries in this process's memory, each for a short life of its own. It holds encoded bytes, so that each caller gets a
 * copy; `isolate: false` keeps the decoded value beside them and hands out that one object.
 */
import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock';
import type { Entry } from './entry';

export interface MemoryTierOptions {
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly ttlMs: number;
  /** Whether each caller gets a copy of its own. */
  readonly isolate: boolean;
}

/** What is kept of a read, and the order of evictions when it was taken. */
export interface MemoryMemo<F extends { readonly entry: Entry | undefined }> {
  readonly found: F;
  readonly mark: number;
}

// What an entry takes besides its bytes: the objects around it and its place in the list, roughly.
const OVERHEAD_BYTES = 512;

export class MemoryTier<
  F extends { readonly entry: Entry | undefined } = { readonly entry: Entry | undefined },
> {
  private readonly cache: LRUCache<string, MemoryMemo<F>>;
  readonly isolate: boolean;

  constructor({ maxEntries, maxBytes, ttlMs, isolate }: MemoryTierOptions, clock: Clock) {
    this.isolate = isolate;
    this.cache = new LRUCache({
      max: maxEntries,
      maxSize: maxBytes,
      // An entry larger than all of the tier is not kept, and pushes nobody out.
      maxEntrySize: maxBytes,
      sizeCalculation: ({ found }, address) =>
        OVERHEAD_BYTES + address.length * 2 + (found.entry?.bytes.byteLength ?? 0),
      ttl: ttlMs,
      ttlResolution: 0,
      // lru-cache takes a start of 0 for none, and such an entry would never end.
      perf: { now: () => clock.monotonic() + 1 },
    });
  }

  get(address: string): MemoryMemo<F> | undefined {
    return this.cache.get(address);
  }

  set(address: string, memo: MemoryMemo<F>): void {
    this.cache.set(address, memo);
  }

  delete(address: string): void {
    this.cache.delete(address);
  }

  clear(): void {
    this.cache.clear();
  }
}
