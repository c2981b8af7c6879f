import type { StampName } from '../key/addresses';

/** What a call is about: an entry, where it lives, and what it depends on. */
export interface Target {
  /** Of the entry. */
  readonly address: string;
  /** What the log and the events call it; never holds arguments. */
  readonly label: string;
  /** The stamps it depends on: name and address. Tags are always read; coarse ones are remembered for a moment. */
  readonly stamps: readonly StampAddress[];
  readonly leaseAddress: string;
  /** Where a stamp is that the caller did not name, but the entry does. */
  stampAddress(name: StampName): string;
}

export interface StampAddress {
  readonly name: StampName;
  readonly address: string;
  /** Belongs to a method or namespace, which are evicted seldom and concern every read. */
  readonly isCoarse: boolean;
}
