/**
 * What a key becomes behind its namespace in the table. Any string is a key; no two become the same, and none can
 * reach what the cache keeps for itself, because a single `~` in front is ours:
 * - a key that starts with `~` gets one more `~`,
 * - a key over 512 bytes becomes `~sha256:…`, and one with lone surrogates `~sha256-utf16:…`.
 */
import { digest, digestUtf16, isShortEnoughToRead } from './digest';
import { InvalidKeyPartError } from './invalid-key-part-error';

const MAX_NAMESPACE_BYTES = 255;
const MAX_VERSION_BYTES = 64;

/** The stored form of a user's key. */
export function storageKey(key: string): string {
  if (!key.isWellFormed()) return digestUtf16(key);
  if (!isShortEnoughToRead(key)) return digest(key);
  return key.startsWith('~') ? `~${key}` : key;
}

/** The user's key of a stored one, or `undefined` when only a digest was stored or the item is the cache's own. */
export function userKey(stored: string): string | undefined {
  if (!stored.startsWith('~')) return stored;
  return stored.startsWith('~~') ? stored.slice(1) : undefined;
}

/** What stands before every stored key: `shop#`, or `shop@2#` with a version. Both parts are asserted beforehand. */
export function itemPrefix(namespace: string, version: string | undefined): string {
  return version === undefined ? `${namespace}#` : `${namespace}@${version}#`;
}

/** @throws {InvalidKeyPartError} unless it is 1 to 255 bytes without `#`, `@`, control characters or a leading `~` */
export function assertNamespace(namespace: unknown): asserts namespace is string {
  assertKeyPart('namespace', namespace, MAX_NAMESPACE_BYTES);
}

/** @throws {InvalidKeyPartError} unless it is 1 to 64 bytes without `#`, `@`, control characters or a leading `~` */
export function assertVersion(version: unknown): asserts version is string {
  assertKeyPart('version', version, MAX_VERSION_BYTES);
}

function assertKeyPart(
  part: 'namespace' | 'version',
  text: unknown,
  maxBytes: number,
): asserts text is string {
  if (typeof text !== 'string') throw new InvalidKeyPartError(part, `is ${typeof text}; write a string.`);
  if (text === '') throw new InvalidKeyPartError(part, 'is empty; write a short name, or leave it out.');
  if (!text.isWellFormed()) {
    throw new InvalidKeyPartError(
      part,
      'is not well-formed Unicode; write letters, digits, "-", "_", "." or ":".',
    );
  }
  const allowed = text.replace(RESERVED, '-');
  if (allowed !== text) {
    throw new InvalidKeyPartError(
      part,
      `${JSON.stringify(text)} has "#", "@", a control character or a "~" in front, which are reserved; ` +
        `write for example ${JSON.stringify(allowed)}.`,
    );
  }
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes) {
    throw new InvalidKeyPartError(part, `is ${bytes} bytes long; write at most ${maxBytes}.`);
  }
}

const RESERVED = /^~+|[#@\p{Cc}]/gu;
