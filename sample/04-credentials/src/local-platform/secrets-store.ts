/** A secrets service that makes a database user for whoever asks, for an hour. */
import { randomBytes } from 'node:crypto';
import type { Reply } from './reply';

const LEASE_SECONDS = 3_600;

export class SecretsStore {
  readonly passwords: string[] = [];

  lend(client: string): Reply {
    const password = randomBytes(24).toString('base64');
    this.passwords.push(password);
    const username = `v-${client}-${randomBytes(4).toString('hex')}`;
    return {
      status: 200,
      body: { lease_duration: LEASE_SECONDS, data: { host: 'ledger.internal:5432', username, password } },
    };
  }
}
