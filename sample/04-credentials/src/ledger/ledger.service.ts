import { Injectable } from '@nestjs/common';
import { DatabaseCredentialsService } from '../databases/database-credentials.service';
import { TokenService } from '../tokens/token.service';
import { Upstream } from '../upstream/upstream';

/** What a client sees of its account. */
export interface Statement {
  readonly client: string;
  readonly balance: number;
  /** Under which name its database is read. */
  readonly readAs: string;
}

@Injectable()
export class LedgerService {
  constructor(
    private readonly tokens: TokenService,
    private readonly databases: DatabaseCredentialsService,
    private readonly upstream: Upstream,
  ) {}

  async statement(client: string): Promise<Statement> {
    const { user } = await this.databases.credentialsOf(client);
    const { balance } = await this.tokens.withToken(client, (token) =>
      this.upstream.ask<{ balance: number }>(`/v1/ledger/${encodeURIComponent(client)}`, {
        headers: { authorization: token.authorization() },
      }),
    );
    return { client, balance, readAs: user };
  }
}
