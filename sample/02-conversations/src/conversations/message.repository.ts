import { Injectable } from '@nestjs/common';
import {
  DynamoDBDocumentClient,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import { ConversationsTable } from '../database/conversations-table';
import {
  CONVERSATION,
  MESSAGE,
  conversationItems,
  messageFrom,
  messageItem,
  messageKey,
} from './conversation.items';
import type { Message, MessagePage } from './message';

const PAGE = 30;

@Injectable()
export class MessageRepository {
  constructor(
    private readonly table: ConversationsTable,
    private readonly documents: DynamoDBDocumentClient,
  ) {}

  /**
   * A page of a conversation, the newest message first.
   *
   * Read from the table and consistently, not from an index: what is loaded after an eviction is cached, and an index may
   * be older than the eviction.
   */
  async page(conversationId: string, before?: string): Promise<MessagePage> {
    const end = before === undefined ? `${MESSAGE}~` : messageKey({ conversationId, id: before }).sk;
    const { Items: items = [], LastEvaluatedKey: more } = await this.documents.send(
      new QueryCommand({
        TableName: this.table.name,
        KeyConditionExpression: 'pk = :pk AND sk < :end',
        ExpressionAttributeValues: { ':pk': CONVERSATION + conversationId, ':end': end },
        ScanIndexForward: false,
        ConsistentRead: true,
        Limit: PAGE,
      }),
    );
    const messages = items.map(messageFrom);
    return { messages, before: more && messages.at(-1)?.id };
  }

  async add(message: Message): Promise<void> {
    await this.documents.send(new PutCommand({ TableName: this.table.name, Item: messageItem(message) }));
  }

  /** The first message of a conversation, and the conversation in both people's lists: all of it or nothing. */
  async addFirst(message: Message): Promise<void> {
    const items = [messageItem(message), ...conversationItems(message)];
    await this.documents.send(
      new TransactWriteCommand({
        TransactItems: items.map((Item) => ({ Put: { TableName: this.table.name, Item } })),
      }),
    );
  }
}
