/** What an entry's bytes say happened: a value, or an error that was kept by `cacheErrors`. */
import { UncacheableValueError } from '../codec/codec-errors';
import type { ValueCodec } from '../codec/value-codec';

export type Outcome =
  { readonly failed: false; readonly value: unknown } | { readonly failed: true; readonly error: unknown };

// A format of its own in the header's low half, so that a reader who does not know it takes the bytes for undecodable.
const FORMAT_STRUCTURED = 1;
const FORMAT_FAILURE = 3;

/** @throws UncacheableValueError */
export function encodeFailure(error: unknown, codec: ValueCodec): Uint8Array {
  const bytes = Uint8Array.from(codec.encode(error));
  // Programs that read the texts of codec 'json' would take it for a value.
  if (bytes[0] !== FORMAT_STRUCTURED) throw new UncacheableValueError('', 'an error, kept as text');
  bytes[0] = FORMAT_FAILURE;
  return bytes;
}

/** Whether an entry holds an error instead of a value. */
export function isFailure({ bytes }: { readonly bytes: Uint8Array }): boolean {
  return bytes[0] === FORMAT_FAILURE;
}

/** @throws UndecodableValueError */
export function decodeOutcome(bytes: Uint8Array, codec: ValueCodec): Outcome {
  if (!isFailure({ bytes })) return { failed: false, value: codec.decode(bytes) };
  const structured = Uint8Array.from(bytes);
  structured[0] = FORMAT_STRUCTURED;
  return { failed: true, error: codec.decode(structured) };
}

/** The value, or the error thrown. */
export function settle<T>(outcome: Outcome): T {
  if (outcome.failed) throw outcome.error;
  return outcome.value as T;
}
