/**
 * Single-flight: the loads that are under way, by address and by what their reader saw. A caller who saw another
 * version or another generation (an eviction happened in between) never joins; an eviction in this process detaches a
 * flight, so that nobody joins it any more and its value is not written. A loader that asks for its own key would wait
 * for itself, so it does not join either.
 */
import type { Entry, Version } from '../tiers/entry';
import { AsyncVariable } from './async-variable';
import { type Generations, isSameGenerations } from './stamps';
import type { Target } from './target';

/** What a read saw, or that the table could not be read. */
export type Seen =
  | { readonly known: true; readonly version: Version | undefined; readonly generations: Generations }
  | { readonly known: false };

export const UNSEEN: Seen = { known: false };

/** What a loader returned, and its encoded copy; no copy when the value cannot be kept. */
export interface Loaded {
  readonly value: unknown;
  readonly bytes: Uint8Array | undefined;
  /** What is kept of it; nothing when it is not to be kept. */
  readonly entry: Entry | undefined;
}

/** A load as the code that runs inside it knows it: without the value, which a long-lived context would hold on to. */
interface Load {
  isOver: boolean;
}

export interface Flight {
  readonly load: Load;
  readonly target: Target;
  readonly seen: Seen;
  /** Settles when the loader does; the fill may follow. */
  readonly loaded: Promise<Loaded>;
  readonly startedAtMs: number;
  isDetached: boolean;
}

// Without a cache a loader that hangs harms one call. So that it does not harm every later caller of the key, a
// flight this old is not joined any more.
const JOINABLE_FOR_MS = 30_000;

export class Flights {
  private readonly byAddress = new Map<string, Set<Flight>>();
  private readonly inside = new AsyncVariable<readonly Load[]>();

  constructor(private readonly monotonic: () => number) {}

  /** A flight this reader may share. A reader who saw nothing, because the table is sick, shares by key alone. */
  find(address: string, seen: Seen): Flight | undefined {
    const oldest = this.monotonic() - JOINABLE_FOR_MS;
    const inside = this.inside.get();
    for (const flight of this.byAddress.get(address) ?? []) {
      if (flight.startedAtMs < oldest || inside?.includes(flight.load)) continue;
      if (!seen.known || isSame(flight.seen, seen)) return flight;
    }
    return undefined;
  }

  start(target: Target, seen: Seen, run: () => Promise<Loaded>): Flight {
    const load = { isOver: false };
    const outer = this.inside.get()?.filter(({ isOver }) => !isOver) ?? [];
    const startedAtMs = this.monotonic();
    const loaded = this.inside.run([...outer, load], run);
    const flight: Flight = { load, target, seen, loaded, startedAtMs, isDetached: false };
    const flights = this.byAddress.get(target.address);
    if (flights) flights.add(flight);
    else this.byAddress.set(target.address, new Set([flight]));
    return flight;
  }

  end(flight: Flight): void {
    flight.load.isOver = true;
    const { address } = flight.target;
    const flights = this.byAddress.get(address);
    if (!flights?.delete(flight) || flights.size > 0) return;
    this.byAddress.delete(address);
  }

  /** An eviction has overtaken every load under way at this address, or that depends on a stamp there. */
  detach(address: string): void {
    for (const flight of this.byAddress.get(address) ?? []) flight.isDetached = true;
    this.byAddress.delete(address);
  }

  detachStamp(address: string): void {
    for (const flights of this.byAddress.values()) {
      for (const flight of flights) {
        if (flight.target.stamps.some((stamp) => stamp.address === address))
          this.detach(flight.target.address);
      }
    }
  }

  detachAll(): void {
    for (const address of this.byAddress.keys()) this.detach(address);
  }
}

function isSame(a: Seen, b: Seen): boolean {
  return a.known && b.known && a.version === b.version && isSameGenerations(a.generations, b.generations);
}
