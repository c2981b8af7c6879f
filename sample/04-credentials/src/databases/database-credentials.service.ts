import { Injectable, Logger } from '@nestjs/common';
import { DynamoCacheable } from 'nestjs-dynamo-cache';
import { inspect } from 'node:util';
import { whileItLasts } from '../lasting';
import { ONE_LINE, Secret } from '../secret';
import { TokenService } from '../tokens/token.service';
import { Upstream } from '../upstream/upstream';
import { DatabaseCredentials } from './database-credentials';

interface CredentialsResponse {
  readonly lease_duration: number;
  readonly data: { readonly host: string; readonly username: string; readonly password: string };
}

@Injectable()
export class DatabaseCredentialsService {
  private readonly logger = new Logger(DatabaseCredentialsService.name);

  constructor(
    private readonly tokens: TokenService,
    private readonly upstream: Upstream,
  ) {}

  @DynamoCacheable(whileItLasts)
  async credentialsOf(client: string): Promise<DatabaseCredentials> {
    const { lease_duration: seconds, data } = await this.tokens.withToken(client, (token) =>
      this.upstream.ask<CredentialsResponse>(`/v1/database/creds/${encodeURIComponent(client)}`, {
        headers: { authorization: token.authorization() },
      }),
    );
    const { host, username, password } = data;
    const credentials = new DatabaseCredentials(host, username, new Secret(password), seconds);
    this.logger.log(`Lent to ${client}: ${inspect(credentials, ONE_LINE)}`);
    return credentials;
  }
}
