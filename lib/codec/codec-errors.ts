import { DynamoCacheError } from '../errors';

/** A value holds something that would not come back as it was. Names the place and the kind, never the content. */
export class UncacheableValueError extends DynamoCacheError {
  readonly code = 'UNCACHEABLE_VALUE';

  constructor(
    /** Where inside the value: `.owner.name`, `[3].tags`, or `''` for the value itself. */
    readonly path: string,
    /** What was found there: `a function`, `an instance of User`. */
    readonly what: string,
    advice = '',
    options?: ErrorOptions,
  ) {
    const place = path === '' ? 'The value' : `The value at ${path}`;
    super(`${place} cannot be cached: it is ${what}${advice === '' ? '' : `; ${advice}`}.`, options);
  }
}

/** Stored bytes are not what this codec writes: another format, another version, damage or an attack. */
export class UndecodableValueError extends DynamoCacheError {
  readonly code = 'UNDECODABLE_VALUE';

  constructor(
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`The stored bytes cannot be decoded: ${reason}.`, options);
  }
}

/** The `types` option names something whose instances could not be told apart or rebuilt. */
export class InvalidTypesError extends DynamoCacheError {
  readonly code = 'INVALID_TYPES';
}
