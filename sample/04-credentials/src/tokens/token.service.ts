import { Injectable, Logger } from '@nestjs/common';
import { DynamoCachePut, DynamoCacheable } from 'nestjs-dynamo-cache';
import { inspect } from 'node:util';
import { ClientRegistry } from '../clients/client-registry';
import { whileItLasts } from '../lasting';
import { ONE_LINE, Secret } from '../secret';
import { RefusedError } from '../upstream/refused-error';
import { Upstream } from '../upstream/upstream';
import { AccessToken } from './access-token';

interface TokenResponse {
  readonly access_token: string;
  readonly scope: string;
  readonly expires_in: number;
}

@Injectable()
export class TokenService {
  private readonly logger = new Logger(TokenService.name);

  constructor(
    private readonly clients: ClientRegistry,
    private readonly upstream: Upstream,
  ) {}

  @DynamoCacheable(whileItLasts)
  async tokenOf(client: string): Promise<AccessToken> {
    return this.grant(client);
  }

  /** Asks by the client's token, and once more by another one where it was revoked, which may happen at any time. */
  async withToken<T>(client: string, ask: (token: AccessToken) => Promise<T>): Promise<T> {
    const token = await this.tokenOf(client);
    try {
      return await ask(token);
    } catch (error) {
      if (!(error instanceof RefusedError && error.status === 401)) throw error;
      return ask(await this.tokenAfter(client, token));
    }
  }

  /** Who reports a token late finds that it was renewed already, and throws the new one not away. */
  private async tokenAfter(client: string, refused: AccessToken): Promise<AccessToken> {
    const current = await this.tokenOf(client);
    return current.equals(refused) ? this.successorOf(client, refused.fingerprint()) : current;
  }

  /** One for all who report the same token, in all processes: the first one asks for it. */
  @DynamoCacheable({ ...whileItLasts, refreshAhead: false })
  async successorOf(client: string, _refused: string): Promise<AccessToken> {
    this.logger.warn(`The token of ${client} was refused.`);
    return this.renew(client);
  }

  /** A token in the place of the one that `tokenOf` has. */
  @DynamoCachePut({ method: 'tokenOf', args: (client: string) => [client] })
  async renew(client: string): Promise<AccessToken> {
    return this.grant(client);
  }

  private async grant(client: string): Promise<AccessToken> {
    const granted = await this.upstream.ask<TokenResponse>('/oauth2/token', {
      method: 'POST',
      headers: { authorization: basic(client, this.clients.secretOf(client)) },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'ledger secrets' }),
    });
    const token = new AccessToken(new Secret(granted.access_token), granted.scope, granted.expires_in);
    this.logger.log(`Granted to ${client}: ${inspect(token, ONE_LINE)}`);
    return token;
  }
}

// Form-encoded before it is Base64 (RFC 6749, 2.3.1).
function basic(client: string, secret: Secret): string {
  const pair = [client, secret.reveal()].map(encodeURIComponent).join(':');
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}
