/** What the calls of a method have in common in one namespace. Worked out once, because every hit needs it. */
import { type Addresses, NAMESPACE_STAMP, type StampName, methodStamp } from '../key/addresses';
import { isCall, labelOf } from './label';
import type { Id } from './recent-calls';
import type { StampAddress, Target } from './target';

export interface MethodPlace {
  /** The namespace it belongs to. */
  readonly places: Places;
  /** What the log and the events call it. */
  readonly label: string;
  /** What all its values depend on. */
  readonly stamps: readonly StampAddress[];
  /** What the addresses of calls begin with, up to the parenthesis; undefined when they cannot be put together. */
  readonly addressStart: string | undefined;
  /** The latest of its calls. */
  readonly calls: Map<Id, Target>;
}

const MAX_METHODS = 1_000;

export class Places {
  /** What every value of the namespace depends on. */
  readonly stamps: readonly StampAddress[];
  private readonly methods = new Map<string, MethodPlace>();

  constructor(readonly addresses: Addresses) {
    this.stamps = [this.stamp(NAMESPACE_STAMP)];
  }

  stamp(name: StampName): StampAddress {
    return { name, address: this.addresses.stamp(name), isCoarse: !name.startsWith('t:') };
  }

  ofMethod(name: string): MethodPlace {
    const known = this.methods.get(name);
    if (known) return known;
    const place = this.placeOf(name);
    if (this.methods.size >= MAX_METHODS) this.methods.clear();
    this.methods.set(name, place);
    return place;
  }

  private placeOf(name: string): MethodPlace {
    // A name may hold a parenthesis of its own.
    const start = `${name}(`;
    const label = labelOf(start);
    return {
      places: this,
      label,
      stamps: isCall(start) ? [...this.stamps, this.stamp(methodStamp(label))] : this.stamps,
      // What is not well-formed is stored as its digest, which has no beginning in common.
      addressStart: name.isWellFormed() ? this.addresses.entry(start) : undefined,
      calls: new Map(),
    };
  }
}
