/**
 * Stamps: one small item per tag, method or namespace holds a random generation, and evicting it writes a new one. An
 * entry is valid while every stamp it depends on has the generation that was seen before its load. A stamp nobody
 * evicted yet does not exist, and counts as generation ''.
 */
import type { Entry, Version } from '../tiers/entry';
import { type Moment, between } from '../moment';
import type { StampAddress } from './target';

export const NEVER_EVICTED: Version = '';

/** How long a coarse stamp is believed without reading it again. Reads that must be consistent do not believe it. */
export const COARSE_MEMORY_MS = 1_000;
const MAX_REMEMBERED = 1_000;

/** Generations by the name of their stamp. */
export type Generations = ReadonlyMap<string, Version>;

/** Whether an entry was loaded under the present generation of everything it depends on. */
export function isValid(entry: Entry, present: Generations): boolean {
  for (const [name, generation] of present) {
    if ((entry.stamps?.get(name) ?? NEVER_EVICTED) !== generation) return false;
  }
  for (const name of entry.stamps?.keys() ?? []) {
    if (!present.has(name)) return false;
  }
  return true;
}

/** What an entry has to carry: every tag, so that a reader who knows the key alone finds them; others once evicted. */
export function carried(stamps: readonly StampAddress[], present: Generations): Generations | undefined {
  const kept = new Map<string, Version>();
  for (const { name, isCoarse } of stamps) {
    const generation = present.get(name) ?? NEVER_EVICTED;
    if (!isCoarse || generation !== NEVER_EVICTED) kept.set(name, generation);
  }
  return kept.size > 0 ? kept : undefined;
}

export function isSameGenerations(a: Generations, b: Generations): boolean {
  if (a.size !== b.size) return false;
  for (const [name, generation] of a) if (b.get(name) !== generation) return false;
  return true;
}

/** The generations of methods and namespaces, remembered for a moment so that not every read pays for them. */
export class CoarseStamps {
  private readonly known = new Map<string, { generation: Version; readAt: Moment }>();

  recall(address: string, present: Moment): Version | undefined {
    const stamp = this.known.get(address);
    return stamp && between(stamp.readAt, present) < COARSE_MEMORY_MS ? stamp.generation : undefined;
  }

  /** @param readAt when the read was sent */
  remember(address: string, generation: Version, readAt: Moment): void {
    this.known.delete(address);
    this.known.set(address, { generation, readAt });
    if (this.known.size <= MAX_REMEMBERED) return;
    for (const oldest of this.known.keys()) {
      this.known.delete(oldest);
      return;
    }
  }

  forget(address: string): void {
    this.known.delete(address);
  }
}
