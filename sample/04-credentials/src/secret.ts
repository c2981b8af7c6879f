import { inspect } from 'node:util';

/** A text that is used and never shown: whatever prints it, a log, an error or JSON, prints `[secret]`. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    if (typeof text !== 'string' || text === '') throw new TypeError('A secret is a text, and not empty.');
    this.#text = text;
  }

  /** The text itself, for the one place that sends it. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}

/** How what holds secrets is printed into a line of the log. */
export const ONE_LINE = { breakLength: Infinity };
