import { createHash } from 'node:crypto';
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

  equals(other: AccessToken): boolean {
    return this.fingerprint() === other.fingerprint();
  }

  /** Tells it from other tokens, and nothing of it: it is too long, and too random, to be guessed from a hash. */
  fingerprint(): string {
    return createHash('sha256').update(this.value.reveal()).digest('base64url');
  }
}
