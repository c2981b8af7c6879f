import { Module } from '@nestjs/common';
import { DatabaseModule } from '../database/database.module';
import { ConversationController } from './conversation.controller';
import { ConversationRepository } from './conversation.repository';
import { ConversationService } from './conversation.service';
import { MessageRepository } from './message.repository';

@Module({
  imports: [DatabaseModule],
  controllers: [ConversationController],
  providers: [ConversationRepository, ConversationService, MessageRepository],
  exports: [ConversationRepository, MessageRepository],
})
export class ConversationModule {}
