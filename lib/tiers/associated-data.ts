/**
 * What a sealed value is bound to, besides its key: its address, its times and its stamps. So an item that was copied to
 * another key, or given a longer life or other tags by hand, does not open. Its version is not among them: the table writes
 * the same value under another one when an answer was lost.
 */
import type { Entry } from './entry';

const DOMAIN = 'nestjs-dynamo-cache sealed 1';

/** @param firstByte what else was done to the value */
export function associatedData(address: string, entry: Entry, firstByte: number): Uint8Array {
  const { loadedAtMs, freshUntilMs, endsAtMs, stamps = [] } = entry;
  const times = [loadedAtMs, freshUntilMs, endsAtMs].map(Math.round);
  // A map has no order in the table.
  const dependsOn = [...stamps].map((pair) => pair.map((text) => text.toWellFormed())).sort(byName);
  return Buffer.from(JSON.stringify([DOMAIN, firstByte, address.toWellFormed(), times, dependsOn]));
}

function byName([a = '']: string[], [b = '']: string[]): number {
  return a < b ? -1 : Number(a > b);
}
