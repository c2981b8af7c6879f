/** What the cached lists depend on, and what a new message therefore evicts. */
import type { Message } from './message';

export function messagesOf(conversationId: string): string {
  return `messages:${conversationId}`;
}

export function conversationsOf(user: string): string {
  return `conversations:${user}`;
}

/** Every list that shows this message. */
export function listsWith({ conversationId, from, to }: Message): string[] {
  return [messagesOf(conversationId), conversationsOf(from), conversationsOf(to)];
}
