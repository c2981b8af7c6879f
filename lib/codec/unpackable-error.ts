import { DynamoCacheError } from '../errors';
import type { UndecodableReason } from '../observability/events';

/** Stored bytes that cannot be unpacked. */
export class UnpackableError extends DynamoCacheError {
  readonly code = 'UNPACKABLE';

  constructor(
    readonly reason: UndecodableReason,
    options?: ErrorOptions,
  ) {
    super(`The stored bytes cannot be unpacked: ${reason}.`, options);
  }
}
