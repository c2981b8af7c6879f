import type { Message } from './message';

/** A conversation as one of its two people sees it. */
export interface Conversation {
  readonly id: string;
  readonly partner: string;
  readonly lastMessage: Pick<Message, 'id' | 'from' | 'text' | 'sentAt'>;
}
