/**
 * `codec: 'json'`: values as plain JSON. What JSON cannot carry exactly is refused when it is written. What is read may
 * be of any codec, so that a fleet can change over while it runs.
 */
import { UncacheableValueError, UndecodableValueError } from './codec-errors';
import { JsonWriter } from './json-writer';
import { decodeKeyvText, encodeKeyvText } from './keyv-text';
import { FORMAT_JSON } from './tags';
import { type ValueCodec, createCodec } from './value-codec';

const MAX_DEPTH = 500;

export function createJsonCodec(): ValueCodec {
  const { decode } = createCodec({ maxDepth: MAX_DEPTH });
  return {
    keepsBytes: false,
    encode,
    decode,
    // Not kept as Keyv wrote it: other programs would have to know Keyv's envelope.
    encodeKeyvText: (text) => encode(valueOfKeyvText(text)),
  };
}

function encode(value: unknown): Uint8Array {
  return packJson(new JsonWriter(MAX_DEPTH).write(value));
}

/** The bytes of a JSON text. */
export function packJson(text: string): Uint8Array {
  const bytes = new Uint8Array(1 + Buffer.byteLength(text));
  bytes[0] = FORMAT_JSON;
  Buffer.from(bytes.buffer).write(text, 1);
  return bytes;
}

function valueOfKeyvText(text: string): unknown {
  try {
    return decodeKeyvText(encodeKeyvText(text));
  } catch (error) {
    if (!(error instanceof UndecodableValueError)) throw error;
    throw new UncacheableValueError('', "a text of another serialiser than Keyv's own", '', { cause: error });
  }
}
