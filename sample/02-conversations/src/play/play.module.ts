import { Module } from '@nestjs/common';
import { ConversationModule } from '../conversations/conversation.module';
import { Play } from './play';

@Module({ imports: [ConversationModule], providers: [Play] })
export class PlayModule {}
