/** The back end of the conversations sample in this process, on tables of its own, without HTTP and without a poller. */
import { randomUUID } from 'node:crypto';
import { ConsoleLogger, type INestApplicationContext, Logger, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DynamoCacheModule } from 'nestjs-dynamo-cache';
import { cacheOptions } from '../../../sample/02-conversations/src/cache.options';
import {
  conversationItems,
  messageItem,
} from '../../../sample/02-conversations/src/conversations/conversation.items';
import { ConversationRepository } from '../../../sample/02-conversations/src/conversations/conversation.repository';
import { ConversationService } from '../../../sample/02-conversations/src/conversations/conversation.service';
import { type Message, messageOf } from '../../../sample/02-conversations/src/conversations/message';
import { MessageRepository } from '../../../sample/02-conversations/src/conversations/message.repository';
import { ConversationsTable } from '../../../sample/02-conversations/src/database/conversations-table';
import { LastMessageModule } from '../../../sample/02-conversations/src/last-message/last-message.module';
import { LastMessageService } from '../../../sample/02-conversations/src/last-message/last-message.service';
import { MessageStream } from '../../../sample/02-conversations/src/last-message/message-stream';
import type { StreamRecord } from '../../../sample/02-conversations/src/last-message/stream-event';
import { dropTable, scanAll } from '../../support/dynamodb';

@Module({ imports: [DynamoCacheModule.forRootAsync({ useFactory: cacheOptions }), LastMessageModule] })
class BackendModule {}

/** What the sample is told by its environment. */
export interface Tables {
  readonly CACHE_TABLE: string;
  readonly CONVERSATIONS_TABLE: string;
}

export function newTables(): Tables {
  const id = randomUUID();
  return { CACHE_TABLE: `cache-${id}`, CONVERSATIONS_TABLE: `conversations-${id}` };
}

export class Backend {
  private constructor(
    private readonly app: INestApplicationContext,
    readonly tables: Tables,
  ) {}

  static async start(endpoint: string, tables = newTables()): Promise<Backend> {
    const variables = { ...tables, DYNAMODB_ENDPOINT: endpoint };
    const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
    Object.assign(process.env, variables);
    try {
      Logger.overrideLogger(false);
      const app = await NestFactory.createApplicationContext(BackendModule);
      const backend = new Backend(app, tables);
      await backend.get(ConversationsTable).create();
      return backend;
    } finally {
      // Put back one by one: whoever holds the object that stands in `process.env` is to see it.
      for (const [name, value] of before) {
        if (value === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = value;
      }
    }
  }

  get stream(): MessageStream {
    return this.get(MessageStream);
  }

  get lists(): ConversationService {
    return this.get(ConversationService);
  }

  get lastMessages(): LastMessageService {
    return this.get(LastMessageService);
  }

  get conversations(): ConversationRepository {
    return this.get(ConversationRepository);
  }

  get messages(): MessageRepository {
    return this.get(MessageRepository);
  }

  /** A conversation of Jack and Algernon with its first message in it, and the next ones, which are not. */
  async conversation(length: number): Promise<[first: Message, ...next: Message[]]> {
    const [first, ...next] = talk(length);
    await this.messages.addFirst(first!);
    // What the stream would bring of it: it evicts.
    await this.lastMessages.show(first!);
    return [first!, ...next];
  }

  /** The rows of a conversation, as they stand in the table: each `<person> <text of the last message>`. */
  async rows({ conversationId }: Message): Promise<string[]> {
    const items = await scanAll(this.tables.CONVERSATIONS_TABLE);
    return items
      .filter((item) => item.message_group_uuid?.S === conversationId)
      .map((item) => `${item.pk?.S ?? ''} ${item.sk?.S?.split('_')[0] ?? ''} ${item.text?.S ?? ''}`)
      .sort();
  }

  async close(): Promise<void> {
    await this.app.close();
    // What other test files share.
    Logger.overrideLogger(new ConsoleLogger());
  }

  async drop(): Promise<void> {
    await this.close();
    await Promise.all(Object.values(this.tables).map(dropTable));
  }

  private get<T>(type: Type<T>): T {
    return this.app.get(type, { strict: false });
  }
}

/** Messages of Jack and Algernon by turns, a second apart. */
export function talk(length: number, conversationId: string = randomUUID()): Message[] {
  return Array.from({ length }, (_, i) => {
    const [from, to] = i % 2 === 0 ? ['jack', 'algernon'] : ['algernon', 'jack'];
    const sentAt = new Date(Date.UTC(1895, 1, 14, 20, 0, i));
    return messageOf({ conversationId, from: from, to: to, text: `line ${i}`, sentAt });
  });
}

/** The rows that have this as their last message. */
export function rowsAt(message: Message): string[] {
  return conversationItems(message)
    .map(({ pk, sk, text }) => `${String(pk)} ${String(sk).split('_')[0] ?? ''} ${String(text)}`)
    .sort();
}

let sequence = 100;

/** The record that DynamoDB's stream brings of a message. */
export function recordOf(message: Message): StreamRecord {
  const image = Object.fromEntries(
    Object.entries(messageItem(message)).map(([name, text]) => [name, { S: String(text) }]),
  );
  return {
    eventName: 'INSERT',
    dynamodb: { Keys: { pk: image.pk!, sk: image.sk! }, NewImage: image, SequenceNumber: String(sequence++) },
  };
}
