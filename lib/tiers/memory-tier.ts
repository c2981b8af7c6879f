/**
 * Entries in this process's memory, each for a short life of its own. It holds encoded bytes, so that each caller gets a
 * copy; `isolate: false` keeps the decoded value beside them and hands out that one object. Whoever takes one out looks at its
 * age, by both clocks: here it ends only when others need the room.
 */
import { LRUCache } from 'lru-cache';
import type { Entry } from './entry';

export interface MemoryTierOptions {
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly ttlMs: number;
  /** Whether each caller gets a copy of its own. */
  readonly isolate: boolean;
}

/** What is kept of a read or a load. */
export interface MemoryMemo {
  readonly found: { readonly entry: Entry | undefined };
}

// What an entry takes besides its bytes: the objects around it and its place in the list, roughly.
const OVERHEAD_BYTES = 512;

/** Up to so many bytes a value may be kept beside them decoded, to make copies of, and counts twice. */
export const COPIED_BYTES = 4_096;

export class MemoryTier<M extends MemoryMemo = MemoryMemo> {
  private readonly cache: LRUCache<string, M>;
  /** How long the table is not asked again, ms. */
  readonly ttlMs: number;

  constructor({ maxEntries, maxBytes, ttlMs }: MemoryTierOptions) {
    this.ttlMs = ttlMs;
    this.cache = new LRUCache({
      max: maxEntries,
      maxSize: maxBytes,
      // An entry larger than all of the tier is not kept, and pushes nobody out.
      maxEntrySize: maxBytes,
      sizeCalculation: ({ found }, address) => OVERHEAD_BYTES + address.length * 2 + sizeOf(found.entry),
    });
  }

  get(address: string): M | undefined {
    return this.cache.get(address);
  }

  set(address: string, memo: M): void {
    this.cache.set(address, memo);
  }

  delete(address: string): void {
    this.cache.delete(address);
  }

  clear(): void {
    this.cache.clear();
  }
}

function sizeOf(entry: Entry | undefined): number {
  const bytes = entry?.bytes.byteLength ?? 0;
  return bytes > COPIED_BYTES ? bytes : 2 * bytes;
}
