/** Keys as users write them: checked, and turned into objects that no log prints. */
import { createSecretKey } from 'node:crypto';
import { InvalidOptionsError } from '../invalid-options-error';
import type { RingKey } from './seal';

/** A key that values are sealed with. */
export interface SealKey {
  /** What it is called in the items: 1 to 32 letters, digits or any of `. _ : / -`. Never used for another key again. */
  readonly id: string;
  /** 32 random bytes; or the same as text, in base64 or hexadecimal. */
  readonly key: Uint8Array | string;
}

const KEY_BYTES = 32;
const ID = /^[\w.:/-]{1,32}$/;
const HEX = /^[\da-f]{64}$/i;
const BASE64 = /^[\w+/-]{43}=?$/;
const INSTEAD = 'write 32 random bytes, or those in base64 or hexadecimal: openssl rand -base64 32';

/** @throws InvalidOptionsError, which never quotes a key */
export function readSealKeys(keys: unknown, option: string): readonly [RingKey, ...RingKey[]] {
  if (!Array.isArray(keys)) {
    throw new InvalidOptionsError(
      option,
      "is no list: write [{ id: '2027-01', key: process.env.CACHE_KEY }]",
    );
  }
  const [newest, ...others] = keys.map((key, i) => readSealKey(key, `${option}[${i}]`));
  if (!newest) throw new InvalidOptionsError(option, 'is empty: write one key at least, the newest first');
  const ids = new Set<string>();
  for (const { id } of [newest, ...others]) {
    if (ids.has(id))
      throw new InvalidOptionsError(option, `two keys are called "${id}": give each its own id`);
    ids.add(id);
  }
  return [newest, ...others];
}

function readSealKey(entry: unknown, option: string): RingKey {
  if (typeof entry !== 'object' || entry === null) {
    throw new InvalidOptionsError(option, "is no key: write { id: '2027-01', key: process.env.CACHE_KEY }");
  }
  const { id, key } = entry as { id?: unknown; key?: unknown };
  if (typeof id !== 'string' || !ID.test(id)) {
    throw new InvalidOptionsError(
      `${option}.id`,
      "write 1 to 32 letters, digits or ._:/-, such as '2027-01'",
    );
  }
  return { id, key: createSecretKey(bytesOf(key, `${option}.key`)) };
}

function bytesOf(key: unknown, option: string): Uint8Array {
  if (typeof key === 'string') {
    if (HEX.test(key)) return Buffer.from(key, 'hex');
    if (BASE64.test(key)) return Buffer.from(key, 'base64');
    throw new InvalidOptionsError(option, `is no text of 32 bytes: ${INSTEAD}`);
  }
  if (!(key instanceof Uint8Array)) throw new InvalidOptionsError(option, `is no key: ${INSTEAD}`);
  if (key.byteLength === KEY_BYTES) return key;
  throw new InvalidOptionsError(option, `has ${key.byteLength} bytes: ${INSTEAD}`);
}
