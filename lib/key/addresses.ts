/**
 * Where things live in the table. Everything that belongs to a namespace starts with its prefix, so that IAM's
 * LeadingKeys can fence namespaces off; what the cache keeps for itself starts with `~` behind it, which no user's key
 * does (see storage-key.ts).
 */
import { assertNamespace, assertVersion, itemPrefix, storageKey } from './storage-key';

/** The name of a stamp: `t:` and a tag, `m:` and a method, or `*` for the whole namespace. */
export type StampName = string;

export const NAMESPACE_STAMP: StampName = '*';

export function tagStamp(tag: string): StampName {
  return `t:${tag}`;
}

export function methodStamp(method: string): StampName {
  return `m:${method}`;
}

/** Whether an address is a stamp's. Namespaces hold no `#`, so the first one ends the prefix. */
export function isStamp(address: string): boolean {
  return address.startsWith('~stamp:', address.indexOf('#') + 1);
}

/** Whether an address is a lease's or a lock's: a right of somebody, and no value. */
export function isLease(address: string): boolean {
  const start = address.indexOf('#') + 1;
  return address.startsWith('~lease:', start) || address.startsWith('~lock:', start);
}

/** Whether an address is that of a chunk of a large value. */
export function isChunk(address: string): boolean {
  return address.startsWith('~chunk:', address.indexOf('#') + 1);
}

/**
 * Where a chunk of the value at an entry's address is. The id is of one write, so the key need not be in it.
 *
 * @param id short, and without `:`
 */
export function chunkAddress(entryAddress: string, id: string, part: number): string {
  return `${entryAddress.slice(0, entryAddress.indexOf('#') + 1)}~chunk:${id}:${part}`;
}

/**
 * The addresses of one namespace, and of one version in it; for who writes a store, or looks into the table.
 *
 * @example const partitionKey = new Addresses('cache').entry('menu:7'); // 'cache#menu:7'
 */
export class Addresses {
  private readonly prefix: string;

  /** @throws InvalidKeyPartError */
  constructor(namespace: string, version?: string) {
    assertNamespace(namespace);
    if (version !== undefined) assertVersion(version);
    this.prefix = itemPrefix(namespace, version);
  }

  entry(key: string): string {
    return this.prefix + storageKey(key);
  }

  stamp(name: StampName): string {
    return `${this.prefix}~stamp:${storageKey(name)}`;
  }

  lease(key: string): string {
    return `${this.prefix}~lease:${storageKey(key)}`;
  }

  lock(key: string): string {
    return `${this.prefix}~lock:${storageKey(key)}`;
  }

  /**
   * What the addresses of all keys with a prefix start with. A key too long to be kept whole could have begun with any
   * prefix, so their digests are among them.
   */
  startingWith(keyPrefix: string): string[] {
    const escaped = keyPrefix.startsWith('~') ? `~${keyPrefix}` : keyPrefix;
    return keyPrefix === '' ? [this.prefix] : [this.prefix + escaped, `${this.prefix}~sha256`];
  }
}
