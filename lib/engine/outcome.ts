/** What an entry's bytes say happened: a value, or an error that was kept by `cacheErrors`. */
import { AsyncResource } from 'node:async_hooks';
import { UncacheableValueError } from '../codec/codec-errors';
import type { ValueCodec } from '../codec/value-codec';

export type Outcome = Value | Failure;

interface Value {
  readonly failed: false;
  readonly value: unknown;
}

interface Failure {
  readonly failed: true;
  readonly error: unknown;
}

/** One that callers share, and the promise of its value with it. */
export type SharedOutcome = (Value & { promise: Promise<unknown> | undefined }) | Failure;

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

// Up to Node 22 a promise keeps what AsyncLocalStorages held when it was made, such as the request of the first who asked.
const nobodys = new AsyncResource('SharedValue');

/** A promise of the value; or of the error, which is each caller's own to handle. */
export function promiseOf<T>(outcome: Outcome | SharedOutcome): Promise<T> {
  if (outcome.failed) return Promise.reject(outcome.error);
  if (!('promise' in outcome)) return Promise.resolve(outcome.value as T);
  outcome.promise ??= nobodys.runInAsyncScope(() => Promise.resolve(outcome.value));
  return outcome.promise as Promise<T>;
}

/** The value, or the error thrown. */
export function settle<T>(outcome: Outcome): T {
  if (outcome.failed) throw outcome.error;
  return outcome.value as T;
}
