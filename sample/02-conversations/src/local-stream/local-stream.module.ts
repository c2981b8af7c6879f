import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { DatabaseModule } from '../database/database.module';
import { LastMessageModule } from '../last-message/last-message.module';
import { isStreamPolled } from './poll-stream';
import { StreamPoller } from './stream-poller';

@Module({ imports: [DatabaseModule, LastMessageModule], providers: [StreamPoller] })
export class LocalStreamModule implements OnApplicationBootstrap {
  constructor(private readonly poller: StreamPoller) {}

  onApplicationBootstrap(): void {
    if (isStreamPolled()) this.poller.start();
  }
}
