import { Module } from '@nestjs/common';
import { ClientRegistry } from '../clients/client-registry';
import { DatabaseCredentialsService } from '../databases/database-credentials.service';
import { TokenService } from '../tokens/token.service';
import { BackOff } from '../upstream/back-off';
import { Upstream } from '../upstream/upstream';
import { LedgerController } from './ledger.controller';
import { LedgerService } from './ledger.service';

/** All of the application. It runs without a cache, too: then its decorators do nothing. */
@Module({
  controllers: [LedgerController],
  providers: [LedgerService, DatabaseCredentialsService, TokenService, ClientRegistry, Upstream, BackOff],
})
export class LedgerModule {}
