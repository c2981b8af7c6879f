/**
 * The servers the application depends on, played on this machine: an authorisation server and a secrets service, which
 * both limit their rates, and the ledger that the tokens are for.
 */
import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { Authorisation } from './authorisation';
import { type Reply, type Request, refusal, tooMany } from './reply';
import { SecretsStore } from './secrets-store';
import { type RateLimit, TokenBucket } from './token-bucket';

export interface LocalPlatformOptions {
  /** The secrets of the clients that are registered. */
  readonly clients: ReadonlyMap<string, string>;
  /** @default 3300, 55 minutes */
  readonly tokenSeconds?: number;
  /** Of each of the two services. @default 10 at once, 5 a second */
  readonly limit?: RateLimit;
  /** How long an answer takes. @default 40 */
  readonly latencyMs?: number;
  /** The servers' clock. @default the system's */
  readonly now?: () => number;
}

type Service = 'tokens' | 'secrets' | 'ledger';

/** How a service has answered. */
export interface Answers {
  answered: number;
  throttled: number;
  refused: number;
}

export class LocalPlatform {
  readonly authorisation: Authorisation;
  readonly secrets = new SecretsStore();
  /** While set, both services answer 429 to everything, with this Retry-After. */
  throttledForSeconds: number | undefined;
  answers = noAnswers();

  private readonly server: Server;
  private readonly buckets: Readonly<Record<'tokens' | 'secrets', TokenBucket>>;
  private readonly latencyMs: number;

  constructor(options: LocalPlatformOptions) {
    const { clients, tokenSeconds = 3_300, limit = { burst: 10, perSecond: 5 }, now = Date.now } = options;
    this.latencyMs = options.latencyMs ?? 40;
    this.authorisation = new Authorisation(clients, tokenSeconds, now);
    this.buckets = { tokens: new TokenBucket(limit, now), secrets: new TokenBucket(limit, now) };
    this.server = createServer((incoming, response) => void this.serve(incoming, response));
  }

  /** @returns its address */
  async listen(port = 0): Promise<string> {
    this.server.listen(port, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  /** @returns how it has answered since it was asked the last time */
  takeAnswers(): Readonly<Record<Service, Answers>> {
    const taken = this.answers;
    this.answers = noAnswers();
    return taken;
  }

  private async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, headers, body } = await this.reply(incoming).catch(() => refusal(500, 'server_error'));
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  }

  private async reply(incoming: IncomingMessage): Promise<Reply> {
    const { method = '', headers, url: path = '' } = incoming;
    const form = new URLSearchParams(await text(incoming));
    const [, service, client] = /^\/v1\/(database\/creds|ledger)\/([^/]+)$/.exec(path) ?? [];
    const request = { headers, path, form };
    switch (`${method} ${service ?? path}`) {
      case 'POST /oauth2/token':
        return this.limited('tokens', () => this.authorisation.grant(request));
      case 'GET database/creds':
        return this.limited('secrets', () =>
          this.authorised(request, client, (who) => this.secrets.lend(who)),
        );
      case 'GET ledger':
        return this.counted('ledger', this.authorised(request, client, balanceOf));
      case 'GET /stats':
        return { status: 200, body: this.answers };
      default:
        return refusal(404, 'not_found');
    }
  }

  private async limited(service: 'tokens' | 'secrets', answer: () => Reply): Promise<Reply> {
    const retryAfterSeconds = this.throttledForSeconds ?? this.buckets[service].take();
    // To refuse costs a server nothing; to answer does.
    if (retryAfterSeconds !== undefined) return this.counted(service, tooMany(retryAfterSeconds));
    await wait(this.latencyMs);
    return this.counted(service, answer());
  }

  private counted(service: Service, reply: Reply): Reply {
    const kind = reply.status === 429 ? 'throttled' : reply.status === 200 ? 'answered' : 'refused';
    this.answers[service][kind]++;
    return reply;
  }

  /** A client has a token of its own, and sees nothing of another's. */
  private authorised(request: Request, client: string | undefined, answer: (client: string) => Reply): Reply {
    const bearer = this.authorisation.bearerOf(request);
    if (bearer === undefined)
      return refusal(401, 'invalid_token', { 'www-authenticate': 'Bearer error="invalid_token"' });
    return bearer === client ? answer(bearer) : refusal(403, 'insufficient_scope');
  }
}

function balanceOf(client: string): Reply {
  return { status: 200, body: { balance: 1_000 * client.length } };
}

function noAnswers(): Record<Service, Answers> {
  const none = () => ({ answered: 0, throttled: 0, refused: 0 });
  return { tokens: none(), secrets: none(), ledger: none() };
}
