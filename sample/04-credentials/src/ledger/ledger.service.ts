import { Injectable } from '@nestjs/common';
import { DatabaseCredentialsService } from '../databases/database-credentials.service';
import { TokenService } from '../tokens/token.service';
import { RefusedError } from '../upstream/refused-error';
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
    return { client, balance: await this.balance(client), readAs: user };
  }

  private async balance(client: string): Promise<number> {
    try {
      return await this.askForBalance(client);
    } catch (error) {
      // A token may be revoked at any time.
      if (!(error instanceof RefusedError && error.status === 401)) throw error;
      await this.tokens.forget(client);
      return this.askForBalance(client);
    }
  }

  private async askForBalance(client: string): Promise<number> {
    const token = await this.tokens.tokenOf(client);
    const { balance } = await this.upstream.ask<{ balance: number }>(
      `/v1/ledger/${encodeURIComponent(client)}`,
      { headers: { authorization: token.authorization() } },
    );
    return balance;
  }
}
