/** A server answered 429 for as long as there was time to ask it. */
export class ThrottledError extends Error {
  constructor(
    readonly path: string,
    /** When it may be asked again, in ms from its answer, if it said so. */
    readonly retryAfterMs: number | undefined,
  ) {
    super(`${path} is throttled`);
    this.name = 'ThrottledError';
  }
}
