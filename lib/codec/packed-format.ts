/**
 * The high half of an entry's first byte: what was done to the encoded value before it was stored. The low half of a
 * packed value is zero, since what is inside has a first byte of its own; a reader of a release that does not know it takes it
 * for undecodable, which is a miss.
 *
 * A sealed value is `[first byte][length of the key's id][id][nonce][ciphertext][tag]`; what opens, or what follows the
 * first byte of a value that is not sealed, is `[length of the plain value, 4 bytes][compressed]`, or plain. These bytes are stored in tables:
 * append, never change. test/codec/fixtures/packed.json holds them.
 */

/** What was done to a value. */
export const enum Packing {
  Deflated = 0x10,
  Zstd = 0x20,
  Sealed = 0x40,
  /** Nothing: only so that a value whose own first byte has a high half is not taken for a packed one. */
  Wrapped = 0x80,
}

const KNOWN = new Set<number>([
  Packing.Deflated,
  Packing.Zstd,
  Packing.Wrapped,
  Packing.Sealed,
  Packing.Sealed | Packing.Deflated,
  Packing.Sealed | Packing.Zstd,
]);

/** Whether the first byte says that there is something to undo. */
export function isPacked(bytes: Uint8Array): boolean {
  return (bytes[0] ?? 0) > 0x0f;
}

export function isKnownPacking(firstByte: number): boolean {
  return KNOWN.has(firstByte);
}
