/**
 * Single-flight: the loads that are under way, by address and by what their reader saw. A caller who saw another
 * version or another generation (an eviction happened in between) never joins; an eviction in this process detaches a
 * flight, so that nobody joins it any more and its value is not written. A loader that asks for its own key would wait
 * for itself, and two loaders that ask for each other's keys would wait for one another: who would close such a circle
 * does not join either.
 */
import type { Clock } from '../clock';
import { type Moment, between, momentOf } from '../moment';
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
  /** The loads of others that code inside it has joined, and waits for. */
  readonly waitsFor: Set<Load>;
}

export interface Flight {
  readonly load: Load;
  readonly target: Target;
  readonly seen: Seen;
  /** Settles when the loader does; the fill may follow. */
  readonly loaded: Promise<Loaded>;
  readonly startedAt: Moment;
  isDetached: boolean;
  /** Of one that lingers: whether what it has loaded is still fresh. */
  isFresh?: () => boolean;
}

// Without a cache a loader that hangs harms one call. So that it does not harm every later caller of the key, a
// flight this old is not joined any more.
const JOINABLE_FOR_MS = 30_000;

export class Flights {
  private readonly byAddress = new Map<string, Set<Flight>>();
  private readonly inside = new AsyncVariable<readonly Load[]>();

  constructor(private readonly clock: Clock) {}

  /** A flight this reader may share. A reader who saw nothing, because the table is sick, shares by key alone. */
  find(address: string, seen: Seen): Flight | undefined {
    const present = momentOf(this.clock);
    const inside = this.inside.get();
    for (const flight of this.byAddress.get(address) ?? []) {
      if (between(flight.startedAt, present) > JOINABLE_FOR_MS) continue;
      if (inside && isWaitingFor(flight.load, inside)) continue;
      if (isJoinable(flight, seen)) return flight;
    }
    return undefined;
  }

  start(target: Target, seen: Seen, run: () => Promise<Loaded>): Flight {
    const load: Load = { isOver: false, waitsFor: new Set() };
    const outer = this.inside.get()?.filter(({ isOver }) => !isOver) ?? [];
    const startedAt = momentOf(this.clock);
    const loaded = this.inside.begin([...outer, load], run);
    const flight: Flight = { load, target, seen, loaded, startedAt, isDetached: false };
    this.add(flight);
    return flight;
  }

  /** What a flight that `find` has found loads. Who is inside a load meanwhile is known to wait. */
  async join({ load, loaded }: Flight): Promise<Loaded> {
    const inside = this.inside.get();
    if (!inside) return loaded;
    for (const waiting of inside) waiting.waitsFor.add(load);
    try {
      return await loaded;
    } finally {
      for (const waiting of inside) waiting.waitsFor.delete(load);
    }
  }

  end(flight: Flight): void {
    flight.load.isOver = true;
    this.inside.end();
    this.remove(flight);
  }

  /**
   * Who has begun to read before the result was written may find nothing yet, and would load it once more.
   *
   * @param reads those that were under way when it was
   */
  linger(flight: Flight, reads: Promise<unknown>, isFresh: () => boolean): void {
    if (flight.isDetached) return;
    flight.isFresh = isFresh;
    this.add(flight);
    // The readers go on in the same turn of the event loop.
    void reads.then(() => setImmediate(() => this.remove(flight)));
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

  private add(flight: Flight): void {
    const { address } = flight.target;
    const flights = this.byAddress.get(address);
    if (flights) flights.add(flight);
    else this.byAddress.set(address, new Set([flight]));
  }

  private remove(flight: Flight): void {
    const { address } = flight.target;
    const flights = this.byAddress.get(address);
    if (!flights?.delete(flight) || flights.size > 0) return;
    this.byAddress.delete(address);
  }
}

/** Whether a load is one of these, or waits for one of them, be it by others. */
function isWaitingFor(load: Load, these: readonly Load[]): boolean {
  // Grows while it is walked through.
  const known = new Set([load]);
  for (const one of known) {
    if (these.includes(one)) return true;
    for (const other of one.waitsFor) known.add(other);
  }
  return false;
}

// One that lingers stands in for a read that came too early. Who has seen nothing cannot tell whether it did.
function isJoinable({ isFresh, seen }: Flight, ofReader: Seen): boolean {
  if (isFresh) return isSame(seen, ofReader) && isFresh();
  return !ofReader.known || isSame(seen, ofReader);
}

function isSame(a: Seen, b: Seen): boolean {
  return a.known && b.known && a.version === b.version && isSameGenerations(a.generations, b.generations);
}
