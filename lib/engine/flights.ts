/**
 * Single-flight: the loads that are under way, by key and by the version their reader saw. A caller who saw another
 * version (an eviction happened in between) never joins; an eviction in this process detaches a flight, so that
 * nobody joins it any more and its value is not written. A loader that asks for its own key would wait for itself, so
 * it does not join either.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
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
  readonly load: Load;
  readonly seen: Seen;
  readonly loaded: Promise<Loaded>;
  readonly startedAtMs: number;
  isDetached: boolean;
}

// Without a cache a loader that hangs harms one call. So that it does not harm every later caller of the key, a
// flight this old is not joined any more.
const JOINABLE_FOR_MS = 30_000;

/** A load as the code that runs inside it knows it: without the value, which a long-lived context would hold on to. */
interface Load {
  isOver: boolean;
}

export class Flights {
  private readonly byKey = new Map<string, Set<Flight>>();
  private readonly inside = new AsyncLocalStorage<readonly Load[]>();

  constructor(private readonly monotonic: () => number) {}

  /** A flight this reader may share. A reader who saw nothing, because the table is sick, shares by key alone. */
  find(key: string, seen: Seen): Flight | undefined {
    const oldest = this.monotonic() - JOINABLE_FOR_MS;
    const inside = this.inside.getStore();
    for (const flight of this.byKey.get(key) ?? []) {
      if (flight.startedAtMs < oldest || inside?.includes(flight.load)) continue;
      if (!seen.known || isSame(flight.seen, seen)) return flight;
    }
    return undefined;
  }

  start(key: string, seen: Seen, run: () => Promise<Loaded>): Flight {
    const load = { isOver: false };
    const outer = this.inside.getStore()?.filter(({ isOver }) => !isOver) ?? [];
    const startedAtMs = this.monotonic();
    const loaded = this.inside.run([...outer, load], run);
    const flight: Flight = { load, seen, loaded, startedAtMs, isDetached: false };
    const flights = this.byKey.get(key);
    if (flights) flights.add(flight);
    else this.byKey.set(key, new Set([flight]));
    return flight;
  }

  end(key: string, flight: Flight): void {
    flight.load.isOver = true;
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
