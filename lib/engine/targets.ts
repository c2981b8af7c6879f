/** Where the entries, stamps and leases of a call are, in the namespace of the code that is running. */
import { Addresses, NAMESPACE_STAMP, type StampName, methodStamp, tagStamp } from '../key/addresses';
import { isCall, labelOf } from './label';
import type { StampAddress, Target } from './target';

const MAX_NAMESPACES = 1_000;
const MAX_METHODS = 1_000;
const NO_TAGS: readonly string[] = [];

export class Targets {
  private readonly byNamespace = new Map<string, Namespace>();

  constructor(
    private readonly namespace: string | (() => string),
    private readonly version: string | undefined,
  ) {}

  /** The addresses of the present namespace. @throws InvalidKeyPartError when it cannot be one */
  here(): Addresses {
    return this.present().addresses;
  }

  /** A key that looks like a call depends on its method's stamp, through whichever door it comes. */
  of(key: string, tags: readonly string[] = NO_TAGS): Target {
    const namespace = this.present();
    const label = labelOf(key);
    const coarse = isCall(key) ? namespace.stampsOf(label) : namespace.stamps;
    return new PlacedTarget(key, label, withTags(coarse, tags, namespace.addresses), namespace.addresses);
  }

  stamp(name: StampName): StampAddress {
    return stampAt(this.here(), name);
  }

  private present(): Namespace {
    const name = typeof this.namespace === 'function' ? this.namespace() : this.namespace;
    const known = this.byNamespace.get(name);
    if (known) return known;
    const namespace = new Namespace(new Addresses(name, this.version));
    if (this.byNamespace.size >= MAX_NAMESPACES) this.byNamespace.clear();
    this.byNamespace.set(name, namespace);
    return namespace;
  }
}

/** Remembers what all calls of a method have in common: every hit needs it. */
class Namespace {
  /** What every value here depends on. */
  readonly stamps: readonly StampAddress[];
  private readonly byMethod = new Map<string, readonly StampAddress[]>();

  constructor(readonly addresses: Addresses) {
    this.stamps = [stampAt(addresses, NAMESPACE_STAMP)];
  }

  stampsOf(method: string): readonly StampAddress[] {
    const known = this.byMethod.get(method);
    if (known) return known;
    const stamps = [...this.stamps, stampAt(this.addresses, methodStamp(method))];
    if (this.byMethod.size >= MAX_METHODS) this.byMethod.clear();
    this.byMethod.set(method, stamps);
    return stamps;
  }
}

class PlacedTarget implements Target {
  readonly address: string;

  constructor(
    private readonly key: string,
    readonly label: string,
    readonly stamps: readonly StampAddress[],
    private readonly addresses: Addresses,
  ) {
    this.address = addresses.entry(key);
  }

  // Worked out for the few who ask: a hit does not.
  get leaseAddress(): string {
    return this.addresses.lease(this.key);
  }

  stampAddress(name: StampName): string {
    return this.addresses.stamp(name);
  }
}

function withTags(
  coarse: readonly StampAddress[],
  tags: readonly string[],
  addresses: Addresses,
): readonly StampAddress[] {
  if (tags.length === 0) return coarse;
  return [...coarse, ...[...new Set(tags)].map((tag) => stampAt(addresses, tagStamp(tag)))];
}

function stampAt(addresses: Addresses, name: StampName): StampAddress {
  return { name, address: addresses.stamp(name), isCoarse: !name.startsWith('t:') };
}
