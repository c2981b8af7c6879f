import { Module } from '@nestjs/common';
import { DynamoCacheModule } from 'nestjs-dynamo-cache';
import { cacheOptions } from './cache.options';
import { ConversationModule } from './conversations/conversation.module';
import { LocalStreamModule } from './local-stream/local-stream.module';
import { PlayModule } from './play/play.module';

@Module({
  imports: [
    DynamoCacheModule.forRootAsync({ useFactory: cacheOptions }),
    ConversationModule,
    LocalStreamModule,
    PlayModule,
  ],
})
export class AppModule {}
