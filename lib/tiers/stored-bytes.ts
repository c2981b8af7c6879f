/** How many bytes entries take where they are stored, for the bill: packed ones take others than they have here. */
import type { Entry } from './entry';

const packedBytes = new WeakMap<Entry, number>();

export function storedBytes(entry: Entry | undefined): number {
  return entry ? (packedBytes.get(entry) ?? entry.bytes.byteLength) : 0;
}

/** Notes what a plain entry takes packed. */
export function noteStoredBytes(plain: Entry, packed: Entry): void {
  packedBytes.set(plain, packed.bytes.byteLength);
}
