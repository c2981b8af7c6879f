import { Module } from '@nestjs/common';
import { DynamoCacheModule } from 'nestjs-dynamo-cache';
import { cacheOptions } from './cache.options';
import { LedgerModule } from './ledger/ledger.module';

@Module({ imports: [DynamoCacheModule.forRootAsync({ useFactory: cacheOptions }), LedgerModule] })
export class AppModule {}
