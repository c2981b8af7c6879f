import { Injectable, NotFoundException } from '@nestjs/common';
import { Secret } from '../secret';

/** The clients this application acts for, and the secrets by which it proves that: CLIENT_SECRETS=acme:…,globex:… */
@Injectable()
export class ClientRegistry {
  private readonly secrets: ReadonlyMap<string, Secret>;

  constructor() {
    // A secret may hold colons, but no comma.
    const pairs = (process.env.CLIENT_SECRETS ?? '').matchAll(/([^:,]+):([^,]+)/g);
    this.secrets = new Map(Array.from(pairs, ([, client = '', secret = '']) => [client, new Secret(secret)]));
  }

  secretOf(client: string): Secret {
    const secret = this.secrets.get(client);
    if (secret) return secret;
    throw new NotFoundException('There is no such client.');
  }
}
