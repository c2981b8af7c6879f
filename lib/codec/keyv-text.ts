/**
 * Format 2: the text that Keyv 5 serialised by itself, kept as it is, so that what cache-manager or a plain Keyv wrote
 * through the store reads back to the character. `decodeKeyvText` reads it as Keyv's own deserialiser would.
 */
import { isUtf8 } from 'node:buffer';
import { UndecodableValueError } from './codec-errors';
import { FORMAT_KEYV_TEXT } from './tags';

export function encodeKeyvText(text: string): Uint8Array {
  const bytes = new Uint8Array(1 + Buffer.byteLength(text, 'utf8'));
  bytes[0] = FORMAT_KEYV_TEXT;
  viewOf(bytes).write(text, 1, 'utf8');
  return bytes;
}

/** The text exactly as Keyv wrote it; undefined when these bytes are something else. */
export function keyvTextOf(bytes: Uint8Array): string | undefined {
  if (bytes[0] !== FORMAT_KEYV_TEXT) return undefined;
  const text = viewOf(bytes).subarray(1);
  return isUtf8(text) ? text.toString('utf8') : undefined;
}

/** The `value` of Keyv's envelope `{"value":…,"expires":…}`; text that is no such envelope is itself the value. */
export function decodeKeyvText(bytes: Uint8Array): unknown {
  const text = keyvTextOf(bytes);
  if (text === undefined) throw new UndecodableValueError('the text is not UTF-8');
  let envelope: unknown;
  try {
    envelope = JSON.parse(text, reviveString);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw new UndecodableValueError('the text is nested too deeply', { cause: error });
  }
  const isEnvelope = typeof envelope === 'object' && envelope !== null && Object.hasOwn(envelope, 'value');
  return isEnvelope ? (envelope as { value: unknown }).value : text;
}

// `:base64:` marks a Buffer; any other string that starts with a colon was given a second one.
function reviveString(_key: string, value: unknown): unknown {
  if (typeof value !== 'string' || !value.startsWith(':')) return value;
  return value.startsWith(':base64:') ? Buffer.from(value.slice(8), 'base64') : value.slice(1);
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
