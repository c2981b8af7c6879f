import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, QueryCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { Injectable } from '@nestjs/common';
import { ConversationsTable, TABLE_INDEX } from '../database/conversations-table';
import type { Conversation } from './conversation';
import {
  CONVERSATION,
  conversationFrom,
  conversationItems,
  conversationKey,
  lastMessageIdOf,
  userOf,
} from './conversation.items';
import type { Message } from './message';

const LONGEST_LIST = 100;
// What a cancelled transaction says when somebody else was there first, or is there now.
const OVERTAKEN = new Set(['ConditionalCheckFailed', 'TransactionConflict']);

/** Person -> the last message under which the conversation stands in that person's list. */
export type Places = ReadonlyMap<string, string>;

@Injectable()
export class ConversationRepository {
  constructor(
    private readonly table: ConversationsTable,
    private readonly documents: DynamoDBDocumentClient,
  ) {}

  /** A person's conversations, that of the newest message first. */
  async of(user: string): Promise<Conversation[]> {
    const { Items: items = [] } = await this.documents.send(
      new QueryCommand({
        TableName: this.table.name,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :conversation)',
        ExpressionAttributeValues: { ':pk': conversationKey(user, '').pk, ':conversation': CONVERSATION },
        ScanIndexForward: false,
        ConsistentRead: true,
        Limit: LONGEST_LIST,
      }),
    );
    return items.map(conversationFrom);
  }

  /** Where the conversation stands. Of an index, which may lag: both places of a move, or neither, may be there. */
  async places(conversationId: string): Promise<Places> {
    const { Items: items = [] } = await this.documents.send(
      new QueryCommand({
        TableName: this.table.name,
        IndexName: TABLE_INDEX,
        KeyConditionExpression: 'message_group_uuid = :id AND begins_with(sk, :conversation)',
        ExpressionAttributeValues: { ':id': conversationId, ':conversation': CONVERSATION },
      }),
    );
    // They come in ascending order, so that of two places of one person the later one stays.
    return new Map(items.map((item) => [userOf(item), lastMessageIdOf(item)]));
  }

  /**
   * Moves the conversation in both lists to where the message puts it, both or neither.
   *
   * @returns false when it does not stand where it was said to stand, or is being moved
   */
  async move(places: Places, message: Message): Promise<boolean> {
    const { name: TableName } = this.table;
    const leave = [...places].map(([user, lastMessageId]) => ({
      Delete: {
        TableName,
        Key: conversationKey(user, lastMessageId),
        ConditionExpression: 'attribute_exists(pk)',
      },
    }));
    const arrive = conversationItems(message).map((Item) => ({ Put: { TableName, Item } }));
    try {
      await this.documents.send(new TransactWriteCommand({ TransactItems: [...leave, ...arrive] }));
      return true;
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      const codes = (error.CancellationReasons ?? []).map(({ Code }) => Code ?? 'None');
      if (codes.some((code) => OVERTAKEN.has(code))) return false;
      throw error;
    }
  }
}
