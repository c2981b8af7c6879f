/** Where the entries, stamps and leases of a call are, in the namespace of the code that is running. */
import { Addresses, NAMESPACE_STAMP, type StampName, methodStamp, tagStamp } from '../key/addresses';
import { InvalidOptionsError } from '../invalid-options-error';
import { isCall, labelOf } from './label';
import type { StampAddress, Target } from './target';

const MAX_NAMESPACES = 1_000;

export class Targets {
  private readonly byNamespace = new Map<string, Addresses>();

  constructor(
    private readonly namespace: string | (() => string),
    private readonly version: string | undefined,
  ) {}

  /** The addresses of the present namespace. @throws InvalidKeyPartError when it cannot be one */
  here(): Addresses {
    const namespace = typeof this.namespace === 'function' ? this.namespace() : this.namespace;
    const known = this.byNamespace.get(namespace);
    if (known) return known;
    const addresses = new Addresses(namespace, this.version);
    if (this.byNamespace.size >= MAX_NAMESPACES) this.byNamespace.clear();
    this.byNamespace.set(namespace, addresses);
    return addresses;
  }

  /** The addresses of some namespace that is in use, for who asks nothing of an entry; a function is not asked. */
  anywhere(): Addresses {
    if (typeof this.namespace === 'string') return this.here();
    const [inUse] = this.byNamespace.values();
    return inUse ?? new Addresses('cache', this.version);
  }

  /**
   * A key that looks like a call depends on its method's stamp, through whichever door it comes.
   *
   * @throws InvalidOptionsError when the tags are no list; InvalidKeyPartError
   */
  of(key: string, tags: readonly string[] = []): Target {
    // A text is a list of letters to JavaScript, and would become as many tags.
    const isList: boolean = Array.isArray(tags);
    if (!isList) {
      throw new InvalidOptionsError('tags', 'a list of texts is needed: write tags: (id) => [`menu:${id}`]');
    }
    const addresses = this.here();
    const stamp = (name: StampName, isCoarse: boolean): StampAddress => ({
      name,
      address: addresses.stamp(name),
      isCoarse,
    });
    const label = labelOf(key);
    return {
      address: addresses.entry(key),
      label,
      leaseAddress: addresses.lease(key),
      stamps: [
        stamp(NAMESPACE_STAMP, true),
        ...(isCall(key) ? [stamp(methodStamp(label), true)] : []),
        ...[...new Set(tags)].map((tag) => stamp(tagStamp(tag), false)),
      ],
      stampAddress: (name) => addresses.stamp(name),
    };
  }

  stamp(name: StampName): StampAddress {
    return { name, address: this.here().stamp(name), isCoarse: !name.startsWith('t:') };
  }
}
