import { randomBytes } from 'node:crypto';

/** Names one write of a key. Two writes never share one. */
export type Version = string;

/** A value with its times, as every tier holds it. */
export interface Entry {
  /** The encoded value; its first byte says how. Shared between callers, so nobody writes into it. */
  readonly bytes: Uint8Array;
  readonly version: Version;
  /** Wall-clock ms at which the load of the value began. */
  readonly loadedAtMs: number;
  /** Wall-clock ms until which the value is fresh. */
  readonly freshUntilMs: number;
  /** Wall-clock ms from which the value is gone. Between the two it may stand in as a stale one. */
  readonly endsAtMs: number;
  /** The tags and the like it depends on: which generation of each was seen before the load. */
  readonly stamps?: ReadonlyMap<string, Version>;
}

/**
 * The mark an eviction leaves, so that a load begun before it cannot write its value back. The stamp of a tag is one,
 * too: its version is the tag's generation.
 */
export interface Tombstone {
  readonly version: Version;
  /** Wall-clock ms of the eviction. */
  readonly evictedAtMs: number;
  /** Wall-clock ms until which the mark must stand: longer than any load whose fill is still accepted. */
  readonly endsAtMs: number;
}

/**
 * What stands under a key. `empty` is an absent item, a tombstone, or an item that is not ours to understand; its
 * version is the one a fill must still find, `undefined` when no valid version stands there.
 */
export type Stored =
  | { readonly state: 'entry'; readonly version: Version; readonly entry: Entry }
  | { readonly state: 'empty'; readonly version: Version | undefined };

/**
 * How long the mark of a write stands, at least. A load that took longer than half of it is not written back, because
 * a tombstone left during the load could be gone. Also the least time DynamoDB keeps an item: an entry with a short
 * TTL that was deleted early would take the version with it that a slow load must still trip over.
 */
export const TOMBSTONE_LIFE_MS = 60 * 60 * 1_000;

/** A version nobody else has. */
export function newVersion(): Version {
  return randomBytes(12).toString('base64url');
}

export function newTombstone(nowMs: number): Tombstone {
  return { version: newVersion(), evictedAtMs: nowMs, endsAtMs: nowMs + TOMBSTONE_LIFE_MS };
}
