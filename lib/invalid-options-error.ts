import { DynamoCacheError } from './errors';

/** An option that cannot work. Thrown at start-up, never during a call. */
export class InvalidOptionsError extends DynamoCacheError {
  readonly code = 'INVALID_OPTIONS';

  /** @param option the option's name, such as `ttl` or `breaker.cooldown` */
  constructor(
    readonly option: string,
    problem: string,
  ) {
    super(`${option}: ${problem}`);
  }
}
