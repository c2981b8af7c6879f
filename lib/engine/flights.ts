/**
 * Single-flight: the loads that are under way, by key and by the version their reader saw. A caller who saw another
 * version (an eviction happened in between) never joins; an eviction in this process detaches a flight, so that
 * nobody joins it any more and its value is not written.
 */
import type { Version } from '../tiers/entry';

/** The version a read saw, or that the table could not be read. */
export type Seen =
  { readonly known: true; readonly version: Version | undefined } | { readonly known: false };

export const UNSEEN: Seen = { known: false };

/** What a loader returned, and its encoded copy; no copy when the value cannot be kept. */
export interface Loaded {
  readonly value: unknown;
  readonly bytes: Uint8Array | undefined;
}

export interface Flight {
  readonly seen: Seen;
  readonly loaded: Promise<Loaded>;
  readonly startedAtMs: number;
  isDetached: boolean;
}

// Without a cache a loader that hangs harms one call. So that it does not harm every later caller of the key, a
// flight this old is not joined any more.
const JOINABLE_FOR_MS = 30_000;

export class Flights {
  private readonly byKey = new Map<string, Set<Flight>>();

  constructor(private readonly monotonic: () => number) {}

  /** A flight this reader may share. A reader who saw nothing, because the table is sick, shares by key alone. */
  find(key: string, seen: Seen): Flight | undefined {
    const oldest = this.monotonic() - JOINABLE_FOR_MS;
    for (const flight of this.byKey.get(key) ?? []) {
      if (flight.startedAtMs >= oldest && (!seen.known || isSame(flight.seen, seen))) return flight;
    }
    return undefined;
  }

  start(key: string, seen: Seen, load: () => Promise<Loaded>): Flight {
    const flight: Flight = { seen, loaded: load(), startedAtMs: this.monotonic(), isDetached: false };
    const flights = this.byKey.get(key);
    if (flights) flights.add(flight);
    else this.byKey.set(key, new Set([flight]));
    return flight;
  }

  end(key: string, flight: Flight): void {
    const flights = this.byKey.get(key);
    if (!flights?.delete(flight) || flights.size > 0) return;
    this.byKey.delete(key);
  }

  /** An eviction has overtaken every load of this key that is under way. */
  detach(key: string): void {
    for (const flight of this.byKey.get(key) ?? []) flight.isDetached = true;
    this.byKey.delete(key);
  }

  detachAll(): void {
    for (const key of [...this.byKey.keys()]) this.detach(key);
  }
}

function isSame(a: Seen, b: Seen): boolean {
  return a.known && b.known && a.version === b.version;
}
