/**
 * A value to bytes and back, equal in everything structured clone carries and in the prototypes of named classes.
 * Getters come back as the data they gave. Lost, as in structured clone: hidden properties, frozenness, and properties
 * added to a typed array. The low half of the first byte is the format; the high half is kept for compression and sealing.
 */
import { ByteWriter } from './byte-writer';
import { UndecodableValueError } from './codec-errors';
import type { CustomType } from './custom-type';
import { Decoder } from './decoder';
import { Encoder } from './encoder';
import { decodeJson } from './json-reader';
import { decodeKeyvText, encodeKeyvText } from './keyv-text';
import { ShapeCache } from './shape-cache';
import { FORMAT_JSON, FORMAT_KEYV_TEXT, FORMAT_STRUCTURED } from './tags';
import { type Type, TypeRegistry } from './type-registry';

export type { Type } from './type-registry';

export interface ValueCodec {
  /** Whether bytes can be a part of a value. */
  readonly keepsBytes: boolean;
  /** @throws UncacheableValueError when something inside the value would not come back as it was */
  encode(value: unknown): Uint8Array;
  /** A text that Keyv serialised by itself. @throws UncacheableValueError when this codec does not keep such texts */
  encodeKeyvText(text: string): Uint8Array;
  /** @throws UndecodableValueError for bytes that `encode` did not make */
  decode(bytes: Uint8Array): unknown;
}

export interface CodecOptions {
  /**
   * Classes whose instances may be cached; every other instance is refused. Instances come back without their
   * constructor having run, so state in `#private` fields is lost: such classes need a `customType`. @default []
   */
  types?: readonly (Type | CustomType)[];
  /** How many objects may lie inside each other, in both directions. @default 500 */
  maxDepth?: number;
}

/** @throws InvalidTypesError */
export function createCodec(options: CodecOptions = {}): ValueCodec {
  const registry = new TypeRegistry(options.types ?? []);
  const maxDepth = options.maxDepth ?? 500;
  const cache = new ShapeCache();
  return {
    keepsBytes: true,
    encode: (value) => encode(value, registry, maxDepth),
    encodeKeyvText,
    decode: (bytes) => decode(bytes, registry, cache, maxDepth),
  };
}

function encode(value: unknown, registry: TypeRegistry, maxDepth: number): Uint8Array {
  const out = new ByteWriter();
  try {
    out.byte(FORMAT_STRUCTURED);
    new Encoder(out, registry, maxDepth).encode(value);
    return out.take();
  } finally {
    out.release();
  }
}

function decode(bytes: Uint8Array, registry: TypeRegistry, cache: ShapeCache, maxDepth: number): unknown {
  try {
    if (bytes[0] === FORMAT_KEYV_TEXT) return decodeKeyvText(bytes);
    if (bytes[0] === FORMAT_JSON) return decodeJson(bytes, maxDepth);
    if (bytes[0] !== FORMAT_STRUCTURED) throw new UndecodableValueError('their format is unknown');
    const decoder = new Decoder(bytes, 1, registry, cache, maxDepth);
    const value = decoder.value();
    decoder.finish();
    return value;
  } catch (error) {
    if (error instanceof UndecodableValueError) throw error;
    throw new UndecodableValueError('they could not be read', { cause: error });
  }
}
