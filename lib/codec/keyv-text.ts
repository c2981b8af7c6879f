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

/**
 * The `value` of the envelope that Keyv's own serialiser writes, `{"value":…,"expires":…}`; a value that is `undefined`
 * is left out of it.
 *
 * @throws UndecodableValueError for the text of another serialiser, which only the Keyv that has it can read
 */
export function decodeKeyvText(bytes: Uint8Array): unknown {
  const text = keyvTextOf(bytes);
  if (text === undefined) throw new UndecodableValueError('the text is not UTF-8');
  const envelope = parse(text);
  if (!isEnvelope(envelope))
    throw new UndecodableValueError("another serialiser than Keyv's own wrote the text");
  return envelope.value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text, reviveString);
  } catch (error) {
    // A SyntaxError's message would quote the text; the other one is of text nested too deeply.
    if (error instanceof SyntaxError) return undefined;
    throw new UndecodableValueError('the text is nested too deeply', { cause: error });
  }
}

function isEnvelope(parsed: unknown): parsed is { readonly value?: unknown } {
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return false;
  return Object.keys(parsed).every((key) => key === 'value' || key === 'expires');
}

// `:base64:` marks a Buffer; any other string that starts with a colon was given a second one.
function reviveString(_key: string, value: unknown): unknown {
  if (typeof value !== 'string' || !value.startsWith(':')) return value;
  return value.startsWith(':base64:') ? Buffer.from(value.slice(8), 'base64') : value.slice(1);
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
