import { BadRequestException, Injectable, NotFoundException } from '@nestjs/common';
import { DynamoCacheEvict, DynamoCacheable } from 'nestjs-dynamo-cache';
import { randomUUID } from 'node:crypto';
import type { Conversation } from './conversation';
import { ConversationRepository } from './conversation.repository';
import { conversationsOf, messagesOf } from './conversation.tags';
import { type Message, type MessagePage, newMessage } from './message';
import { MessageRepository } from './message.repository';

@Injectable()
export class ConversationService {
  constructor(
    private readonly conversations: ConversationRepository,
    private readonly messages: MessageRepository,
  ) {}

  /** A person's conversations, that of the newest message first. */
  @DynamoCacheable({ tags: (user: string) => [conversationsOf(user)] })
  async list(user: string): Promise<Conversation[]> {
    return this.conversations.of(user);
  }

  /** The messages of a conversation, the newest first, a page at a time. Both people share what is cached. */
  @DynamoCacheable({
    tags: (conversationId: string) => [messagesOf(conversationId)],
    unless: ({ messages }: MessagePage) => messages.length === 0,
  })
  async page(conversationId: string, before?: string): Promise<MessagePage> {
    return this.messages.page(conversationId, before);
  }

  /** @throws NotFoundException when it is not this person's conversation, or none at all */
  async read(user: string, conversationId: string, before?: string): Promise<MessagePage> {
    const page = await this.page(conversationId, before);
    if (before === undefined || page.messages.length > 0) partnerOf(user, page);
    return page;
  }

  /** Sends a message to the other one of a conversation. */
  @DynamoCacheEvict({ tags: (_from: string, conversationId: string) => [messagesOf(conversationId)] })
  async reply(from: string, conversationId: string, text: string): Promise<Message> {
    const to = partnerOf(from, await this.page(conversationId));
    const message = newMessage({ conversationId, from, to, text });
    await this.messages.add(message);
    return message;
  }

  /** Begins a conversation. */
  @DynamoCacheEvict({ tags: (from: string, to: string) => [conversationsOf(from), conversationsOf(to)] })
  async start(from: string, to: string, text: string): Promise<Message> {
    if (from === to) throw new BadRequestException('A conversation is one of two people.');
    const message = newMessage({ conversationId: randomUUID(), from, to, text });
    await this.messages.addFirst(message);
    return message;
  }
}

/** Every message is from one of the two and to the other. */
function partnerOf(user: string, { messages: [message] }: MessagePage): string {
  if (message?.from === user) return message.to;
  if (message?.to === user) return message.from;
  throw new NotFoundException('You have no such conversation.');
}
