import { Body, Controller, Get, Param, ParseUUIDPipe, Post, Query, UseInterceptors } from '@nestjs/common';
import { CacheReportInterceptor } from '../report/cache-report.interceptor';
import { ConversationService } from './conversation.service';
import { CurrentUser } from './current-user';
import { MessageIdPipe } from './message-id.pipe';
import { FirstMessage, WrittenMessage } from './written-message';

@Controller('conversations')
@UseInterceptors(CacheReportInterceptor)
export class ConversationController {
  constructor(private readonly conversations: ConversationService) {}

  @Get()
  list(@CurrentUser() user: string) {
    return this.conversations.list(user);
  }

  @Get(':id/messages')
  read(
    @CurrentUser() user: string,
    @Param('id', ParseUUIDPipe) id: string,
    @Query('before', MessageIdPipe) before?: string,
  ) {
    return this.conversations.read(user, id, before);
  }

  @Post()
  start(@CurrentUser() user: string, @Body() { to, text }: FirstMessage) {
    return this.conversations.start(user, to, text);
  }

  @Post(':id/messages')
  reply(
    @CurrentUser() user: string,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { text }: WrittenMessage,
  ) {
    return this.conversations.reply(user, id, text);
  }
}
