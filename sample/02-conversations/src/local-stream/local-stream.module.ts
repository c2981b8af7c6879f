import { Module } from '@nestjs/common';
import { DatabaseModule } from '../database/database.module';
import { LastMessageModule } from '../last-message/last-message.module';
import { StreamPoller } from './stream-poller';

@Module({ imports: [DatabaseModule, LastMessageModule], providers: [StreamPoller] })
export class LocalStreamModule {}
