/**
 * How the table keeps messages and conversations. pk and sk are its keys; `message_group_uuid` and sk those of its index.
 *
 *   pk                    sk                         message_group_uuid
 *   conversation#<uuid>   message#<message id>                            a message
 *   user#<name>           conversation#<message id>  <uuid>               a conversation, as one of the two sees it
 *
 * The sort key of a conversation is its last message, so the table itself keeps each person's conversations in order.
 */
import type { Conversation } from './conversation';
import type { Message } from './message';

export const MESSAGE = 'message#';
export const CONVERSATION = 'conversation#';
const USER = 'user#';

// A list shows the beginning of a message: a row that is moved with every message should be a small one.
const PREVIEW_CHARACTERS = 200;
const ISO_CHARACTERS = 24;

/** Attributes of an item, all of them texts. */
export type Item = Readonly<Record<string, unknown>>;

export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

export function messageKey({ conversationId, id }: Pick<Message, 'conversationId' | 'id'>): ItemKey {
  return { pk: CONVERSATION + conversationId, sk: MESSAGE + id };
}

export function conversationKey(user: string, lastMessageId: string): ItemKey {
  return { pk: USER + user, sk: CONVERSATION + lastMessageId };
}

export function messageItem(message: Message): Item {
  const { from, to, text } = message;
  return { ...messageKey(message), sender: from, recipient: to, text };
}

/** @throws TypeError when it is no message */
export function messageFrom(item: Item): Message {
  const id = after(MESSAGE, item, 'sk');
  const sentAt = new Date(id.slice(0, ISO_CHARACTERS));
  if (Number.isNaN(sentAt.getTime())) throw new TypeError(`The message '${id}' has no time.`);
  return {
    id,
    conversationId: after(CONVERSATION, item, 'pk'),
    from: textOf(item, 'sender'),
    to: textOf(item, 'recipient'),
    text: textOf(item, 'text'),
    sentAt,
  };
}

/** The conversation as each of the two sees it, with this as its last message. */
export function conversationItems({ id, conversationId, from, to, text }: Message): Item[] {
  const common = {
    message_group_uuid: conversationId,
    sender: from,
    text: text.slice(0, PREVIEW_CHARACTERS),
  };
  return [
    { ...conversationKey(from, id), partner: to, ...common },
    { ...conversationKey(to, id), partner: from, ...common },
  ];
}

export function conversationFrom(item: Item): Conversation {
  const id = lastMessageIdOf(item);
  return {
    id: textOf(item, 'message_group_uuid'),
    partner: textOf(item, 'partner'),
    lastMessage: {
      id,
      from: textOf(item, 'sender'),
      text: textOf(item, 'text'),
      sentAt: new Date(id.slice(0, ISO_CHARACTERS)),
    },
  };
}

export function userOf(item: Item): string {
  return after(USER, item, 'pk');
}

export function lastMessageIdOf(item: Item): string {
  return after(CONVERSATION, item, 'sk');
}

function after(prefix: string, item: Item, attribute: string): string {
  const text = textOf(item, attribute);
  if (!text.startsWith(prefix)) throw new TypeError(`'${attribute}' does not begin with '${prefix}'.`);
  return text.slice(prefix.length);
}

function textOf(item: Item, attribute: string): string {
  const text = item[attribute];
  if (typeof text !== 'string' || text === '') throw new TypeError(`'${attribute}' is not a text.`);
  return text;
}
