import { DynamoCacheError } from '../errors';

/** An argument that no key can stand for. The call runs uncached; the caller never sees this error. */
export class NotDataError extends DynamoCacheError {
  readonly code = 'NOT_DATA';

  /**
   * @param path where it was found, from the list of arguments: `[0].headers`
   * @param what what was found there: `a function`, `too deep`
   */
  constructor(
    readonly path: string,
    readonly what: string,
    options?: ErrorOptions,
  ) {
    super(
      `The argument at ${path} is ${what}: a key can only be made from data. Pass what the result depends on, such as an id.`,
      options,
    );
  }
}
