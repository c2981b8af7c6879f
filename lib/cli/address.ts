/** What stands in a partition key, read back: `shop@2#menu:7` is the key `menu:7` of version 2 of the namespace shop. */
import { Addresses, isChunk, isLease, isStamp } from '../key/addresses';
import { userKey } from '../key/storage-key';

export interface ReadAddress {
  /** As `--namespace` takes it: `shop` or `shop@2`. */
  readonly space: string;
  readonly kind: 'entry' | 'chunk' | 'stamp' | 'lease' | 'lock' | 'other';
  /** What stands behind the namespace. */
  readonly stored: string;
  /** The application's key; undefined when only its digest is kept. */
  readonly key: string | undefined;
}

/** @returns undefined for what is no address of a cache */
export function readAddress(partitionKey: string): ReadAddress | undefined {
  const end = partitionKey.indexOf('#');
  if (end < 1) return undefined;
  const space = partitionKey.slice(0, end);
  const stored = partitionKey.slice(end + 1);
  return { space, stored, kind: kindOf(partitionKey, stored), key: userKey(stored) };
}

/** @throws InvalidKeyPartError when it cannot be a namespace */
export function addressesOf(space: string): Addresses {
  const at = space.indexOf('@');
  return at < 0 ? new Addresses(space) : new Addresses(space.slice(0, at), space.slice(at + 1));
}

/** The same, as `--namespace` takes it. */
export function spaceOf({ namespace, version }: { namespace: string; version: string | undefined }): string {
  return version === undefined ? namespace : `${namespace}@${version}`;
}

/** What partition keys of a namespace start with: of all its versions, or of the one that is named. */
export function startsOf(space: string): readonly string[] {
  return space.includes('@') ? [`${space}#`] : [`${space}#`, `${space}@`];
}

function kindOf(address: string, stored: string): ReadAddress['kind'] {
  if (isStamp(address)) return 'stamp';
  if (isChunk(address)) return 'chunk';
  if (isLease(address)) return stored.startsWith('~lock:') ? 'lock' : 'lease';
  return userKey(stored) !== undefined || stored.startsWith('~sha256') ? 'entry' : 'other';
}
