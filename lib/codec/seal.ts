/**
 * AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits for each write: at most 2^32 values may be sealed
 * under one key. What a value belongs to is not in it, and authenticated with it: `bound`.
 */
import { type KeyObject, createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { UnpackableError } from './unpackable-error';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A key of the ring, ready for use. */
export interface RingKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** The bytes that sealing with this key adds. */
export function sealedOverhead({ id }: Pick<RingKey, 'id'>): number {
  return 1 + Buffer.byteLength(id) + NONCE_BYTES + TAG_BYTES;
}

/** The key's id, the nonce, what is sealed, and its tag. */
export function seal(plain: Uint8Array, { id, key }: RingKey, bound: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(bound);
  const name = Buffer.from(id);
  return Buffer.concat([
    Buffer.of(name.length),
    name,
    nonce,
    cipher.update(plain),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
}

/** Under which key something was sealed. @throws UnpackableError */
export function keyIdOf(sealed: Uint8Array): string {
  const length = sealed[0] ?? 0;
  if (sealed.byteLength < 1 + length + NONCE_BYTES + TAG_BYTES) throw new UnpackableError('damaged');
  return Buffer.from(sealed.subarray(1, 1 + length)).toString();
}

/** @throws UnpackableError unless it was sealed under this key, with this bound to it, and not a bit has changed */
export function open(sealed: Uint8Array, { key }: RingKey, bound: Uint8Array): Buffer {
  const nonceAt = 1 + (sealed[0] ?? 0);
  const contentAt = nonceAt + NONCE_BYTES;
  const tagAt = sealed.byteLength - TAG_BYTES;
  const nonce = sealed.subarray(nonceAt, contentAt);
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(bound);
  decipher.setAuthTag(sealed.subarray(tagAt));
  // Nothing of what `update` gives is looked at before `final` has found the tag to be right.
  const plain = decipher.update(sealed.subarray(contentAt, tagAt));
  try {
    decipher.final();
  } catch (error) {
    throw new UnpackableError('not-authentic', { cause: error });
  }
  return plain;
}
