/** Where the entries, stamps and leases of a call are, in the namespace of the code that is running. */
import { InvalidOptionsError } from '../invalid-options-error';
import { Addresses, type StampName, tagStamp } from '../key/addresses';
import { keyOfCall } from '../key/call-key';
import { canonicalArguments } from '../key/canonical';
import { isSurelyReadable } from '../key/digest';
import { isCall, labelOf } from './label';
import { type MethodPlace, Places } from './places';
import { RecentCalls, idOf } from './recent-calls';
import type { StampAddress, Target } from './target';

const MAX_NAMESPACES = 1_000;
const NO_TAGS: readonly string[] = [];

/** Where a function was called last: mostly it is called there again, and need not be looked for. */
export interface LatestPlace {
  place: MethodPlace | undefined;
}

export class Targets {
  private readonly byNamespace = new Map<string, Places>();
  private readonly recent = new RecentCalls();
  private fixed: Places | undefined;

  constructor(
    private readonly namespace: string | (() => string),
    private readonly version: string | undefined,
  ) {}

  /** The addresses of the present namespace. @throws InvalidKeyPartError when it cannot be one */
  here(): Addresses {
    return this.places().addresses;
  }

  /** The addresses of some namespace that is in use, for who asks nothing of an entry; a function is not asked. */
  anywhere(): Addresses {
    if (typeof this.namespace === 'string') return this.here();
    const [inUse] = this.byNamespace.values();
    return inUse?.addresses ?? new Addresses('cache', this.version);
  }

  /**
   * A key that looks like a call depends on its method's stamp, through whichever door it comes.
   *
   * @throws InvalidOptionsError when the tags are no list; InvalidKeyPartError
   */
  of(key: string, tags: readonly string[] = NO_TAGS): Target {
    assertList(tags);
    const places = this.places();
    const label = labelOf(key);
    const stamps = isCall(key) ? places.ofMethod(label).stamps : places.stamps;
    return new PlacedTarget(key, places.addresses.entry(key), label, withTags(stamps, tags, places), places);
  }

  /**
   * `of` the key of a call. An address of common length is put together in one go, which is most of the time that a hit
   * in memory takes.
   *
   * @throws NotDataError when the arguments are not data; InvalidOptionsError when the tags are no list
   */
  ofCall(
    name: string,
    args: readonly unknown[],
    tags: readonly string[] = NO_TAGS,
    latest: LatestPlace = { place: undefined },
  ): Target {
    assertList(tags);
    const places = this.places();
    const method = latest.place?.places === places ? latest.place : (latest.place = places.ofMethod(name));
    const id = tags.length === 0 ? idOf(args) : undefined;
    if (id === undefined) return this.build(name, method, args, tags);
    const known = method.calls.get(id);
    if (known) return known;
    const target = this.build(name, method, args, tags);
    this.recent.add(method, id, target);
    return target;
  }

  stamp(name: StampName): StampAddress {
    return this.places().stamp(name);
  }

  private build(
    name: string,
    { addressStart, label, places, stamps }: MethodPlace,
    args: readonly unknown[],
    tags: readonly string[],
  ): Target {
    const text = canonicalArguments(args);
    const key = `${name}(${text})`;
    if (addressStart === undefined || !isSurelyReadable(key)) return this.of(keyOfCall(name, text), tags);
    return new PlacedTarget(key, `${addressStart}${text})`, label, withTags(stamps, tags, places), places);
  }

  private places(): Places {
    if (typeof this.namespace === 'string') return (this.fixed ??= this.placesOf(this.namespace));
    return this.placesOf(this.namespace());
  }

  private placesOf(name: string): Places {
    const known = this.byNamespace.get(name);
    if (known) return known;
    const places = new Places(new Addresses(name, this.version));
    if (this.byNamespace.size >= MAX_NAMESPACES) this.byNamespace.clear();
    this.byNamespace.set(name, places);
    return places;
  }
}

class PlacedTarget implements Target {
  constructor(
    private readonly key: string,
    readonly address: string,
    readonly label: string,
    readonly stamps: readonly StampAddress[],
    private readonly places: Places,
  ) {}

  // Worked out for the few who ask: a hit does not.
  get leaseAddress(): string {
    return this.places.addresses.lease(this.key);
  }

  stampAddress(name: StampName): string {
    return this.places.addresses.stamp(name);
  }
}

// A text is a list of letters to JavaScript, and would become as many tags.
function assertList(tags: unknown): void {
  if (Array.isArray(tags)) return;
  throw new InvalidOptionsError('tags', 'a list of texts is needed: write tags: (id) => [`menu:${id}`]');
}

function withTags(
  coarse: readonly StampAddress[],
  tags: readonly string[],
  places: Places,
): readonly StampAddress[] {
  return tags.length === 0
    ? coarse
    : [...coarse, ...[...new Set(tags)].map((tag) => places.stamp(tagStamp(tag)))];
}
