import { Injectable } from '@nestjs/common';
import { DynamoCacheEvict } from 'nestjs-dynamo-cache';
import { setTimeout as wait } from 'node:timers/promises';
import { ConversationRepository, type Places } from '../conversations/conversation.repository';
import { listsWith } from '../conversations/conversation.tags';
import type { Message } from '../conversations/message';

// An index follows its table within some hundred milliseconds; who takes longer gets the message brought again.
const PAUSES_MS = [0, 25, 50, 100, 200, 400];

@Injectable()
export class LastMessageService {
  constructor(private readonly conversations: ConversationRepository) {}

  /**
   * Makes the message the last one of its conversation, in both people's lists, unless a newer one is.
   *
   * It may be called again, late, or twice at once: a conversation is moved from where it stands or not at all, and
   * never back. It evicts also when there was nothing to move, because who moved it may have ended before evicting.
   *
   * @throws Error when it could not be moved for now
   */
  @DynamoCacheEvict({ tags: listsWith })
  async show(message: Message): Promise<void> {
    for (const pauseMs of PAUSES_MS) {
      await wait(pauseMs);
      const places = await this.conversations.places(message.conversationId);
      if (hasReached(places, message)) return;
      if (isComplete(places, message) && (await this.conversations.move(places, message))) return;
    }
    throw new Error(`Conversation ${message.conversationId} does not stand where the index says.`);
  }
}

// Both are moved together, so that one of them tells of both. The index may have seen only one yet.
function hasReached(places: Places, { id }: Message): boolean {
  return [...places.values()].some((lastMessageId) => lastMessageId >= id);
}

function isComplete(places: Places, { from, to }: Message): boolean {
  return places.size === 2 && places.has(from) && places.has(to);
}
