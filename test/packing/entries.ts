import { keySetOf } from '../../lib/codec/key-set';
import type { Algorithm } from '../../lib/codec/compression';
import { readSealKeys } from '../../lib/codec/seal-keys';
import { resolveLayout } from '../../lib/dynamodb/layout';
import { type Entry, newVersion } from '../../lib/tiers/entry';
import { EntryPacking } from '../../lib/tiers/packing';

export const NOW = 1_800_000_000_000;
export const LAYOUT = resolveLayout();

export const OLD_KEY = { id: 'old', key: Buffer.alloc(32, 0xa1) };
export const NEW_KEY = { id: 'new', key: Buffer.alloc(32, 0xb2) };

export interface Packs {
  readonly compress?: Algorithm | undefined;
  readonly keys?: readonly { readonly id: string; readonly key: Uint8Array | string }[];
  readonly acceptUnsealed?: boolean;
}

export function packingOf({ compress, keys, acceptUnsealed = false }: Packs = {}): EntryPacking {
  const set = keys && keySetOf(readSealKeys(keys, 'keys'));
  return new EntryPacking({
    compress,
    seal: set && { ring: { keys: () => set }, acceptUnsealed },
    layout: LAYOUT,
    clock: { now: () => NOW },
  });
}

/** An entry of ten minutes, as the codec would have encoded it. */
export function entryOf(bytes: Uint8Array, overrides: Partial<Entry> = {}): Entry {
  const freshUntilMs = NOW + 600_000;
  const endsAtMs = freshUntilMs + 60_000;
  return { bytes, version: newVersion(), loadedAtMs: NOW, freshUntilMs, endsAtMs, ...overrides };
}

/** The bytes of format 1, so to say: what can be compressed well. */
export function textBytes(length: number, text = 'a restaurant with a menu '): Uint8Array {
  const bytes = Buffer.alloc(length, text);
  bytes[0] = 1;
  return Uint8Array.from(bytes);
}

/** Bytes that nothing compresses. */
export function noise(length: number, seed = 1): Uint8Array {
  let state = seed;
  const bytes = Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
  bytes[0] = 1;
  return bytes;
}

export async function reasonOf(unpacking: Promise<unknown>): Promise<unknown> {
  try {
    await unpacking;
    return 'none';
  } catch (error) {
    return (error as { reason?: unknown }).reason;
  }
}
