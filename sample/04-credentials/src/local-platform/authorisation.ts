/** An OAuth 2 authorisation server that knows one grant: client_credentials (RFC 6749, 4.4). */
import { randomBytes } from 'node:crypto';
import { type Reply, type Request, refusal } from './reply';

interface Grant {
  readonly client: string;
  readonly endsAtMs: number;
}

export class Authorisation {
  /** Every token that was ever granted. */
  readonly tokens: string[] = [];
  private readonly grants = new Map<string, Grant>();

  constructor(
    private readonly secrets: ReadonlyMap<string, string>,
    private readonly tokenSeconds: number,
    private readonly now: () => number,
  ) {}

  grant({ headers, form }: Request): Reply {
    const client = this.clientOf(headers.authorization);
    if (client === undefined) return refusal(401, 'invalid_client', { 'www-authenticate': 'Basic' });
    if (form.get('grant_type') !== 'client_credentials') return refusal(400, 'unsupported_grant_type');
    const token = randomBytes(32).toString('base64url');
    this.tokens.push(token);
    this.grants.set(token, { client, endsAtMs: this.now() + this.tokenSeconds * 1_000 });
    return {
      status: 200,
      headers: { 'cache-control': 'no-store', pragma: 'no-cache' },
      body: {
        access_token: token,
        token_type: 'Bearer',
        expires_in: this.tokenSeconds,
        scope: form.get('scope') ?? '',
      },
    };
  }

  /** The client that a request's token was granted to, while it lasts (RFC 6750). */
  bearerOf({ headers }: Request): string | undefined {
    const [, token = ''] = /^Bearer (\S+)$/.exec(headers.authorization ?? '') ?? [];
    const grant = this.grants.get(token);
    return grant && this.now() < grant.endsAtMs ? grant.client : undefined;
  }

  revokeAll(): void {
    this.grants.clear();
  }

  private clientOf(authorization = ''): string | undefined {
    const [, encoded = ''] = /^Basic (\S+)$/.exec(authorization) ?? [];
    const [client = '', secret] = Buffer.from(encoded, 'base64')
      .toString()
      .split(':')
      .map(decodeURIComponent);
    return secret !== undefined && this.secrets.get(client) === secret ? client : undefined;
  }
}
