/** Every error of this package: `code`, such as 'EVICTION_LOST', is stable; the message is for people. */
export abstract class DynamoCacheError extends Error {
  abstract readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}
