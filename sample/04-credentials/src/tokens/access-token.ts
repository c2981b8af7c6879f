import type { Lasting } from '../lasting';
import type { Secret } from '../secret';

/** What the authorisation server grants a client (RFC 6749, 5.1). */
export class AccessToken implements Lasting {
  constructor(
    readonly value: Secret,
    readonly scope: string,
    readonly expiresInSeconds: number,
  ) {}

  /** The header of a request that is made with it (RFC 6750, 2.1). */
  authorization(): string {
    return `Bearer ${this.value.reveal()}`;
  }
}
