import { Module } from '@nestjs/common';
import { ConversationModule } from '../conversations/conversation.module';
import { LastMessageService } from './last-message.service';
import { MessageStream } from './message-stream';

@Module({
  imports: [ConversationModule],
  providers: [LastMessageService, MessageStream],
  exports: [MessageStream],
})
export class LastMessageModule {}
