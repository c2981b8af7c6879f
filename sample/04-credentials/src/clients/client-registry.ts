import { Injectable, NotFoundException } from '@nestjs/common';
import { Secret } from '../secret';

/** The clients this application acts for, and the secrets by which it proves that: CLIENT_SECRETS=acme:…,globex:… */
@Injectable()
export class ClientRegistry {
  private readonly secrets: ReadonlyMap<string, Secret>;

  constructor() {
    const pairs = (process.env.CLIENT_SECRETS ?? '').split(',').map((pair) => pair.split(':'));
    this.secrets = new Map(
      pairs.flatMap(([client, secret]) => (client && secret ? [[client, new Secret(secret)]] : [])),
    );
  }

  secretOf(client: string): Secret {
    const secret = this.secrets.get(client);
    if (secret) return secret;
    throw new NotFoundException('There is no such client.');
  }
}
