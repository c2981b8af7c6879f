import { randomUUID } from 'node:crypto';

export interface Message {
  /** Its time, and a UUID that tells it from others of that time: messages sort by their ids. */
  readonly id: string;
  readonly conversationId: string;
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly sentAt: Date;
}

export interface MessagePage {
  /** The newest first. */
  readonly messages: readonly Message[];
  /** What to ask for to get older ones; undefined at the beginning of the conversation. */
  readonly before: string | undefined;
}

let latestMs = 0;

export function newMessage(written: Omit<Message, 'id' | 'sentAt'>): Message {
  // Never twice the same millisecond, or chance would order two messages that one person sent at once.
  latestMs = Math.max(Date.now(), latestMs + 1);
  return messageOf({ ...written, sentAt: new Date(latestMs) });
}

export function messageOf(message: Omit<Message, 'id'>, uuid: string = randomUUID()): Message {
  return { ...message, id: `${message.sentAt.toISOString()}_${uuid}` };
}
