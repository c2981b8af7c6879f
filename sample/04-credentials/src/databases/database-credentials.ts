import type { Lasting } from '../lasting';
import type { Secret } from '../secret';

/** By what a client's database is opened. */
export class DatabaseCredentials implements Lasting {
  constructor(
    readonly host: string,
    readonly user: string,
    readonly password: Secret,
    readonly expiresInSeconds: number,
  ) {}

  /** What a driver is given; it holds the password. */
  connectionString(): string {
    return `postgres://${this.user}:${encodeURIComponent(this.password.reveal())}@${this.host}/ledger`;
  }
}
