import { Injectable, Logger } from '@nestjs/common';
import type { Message } from '../conversations/message';
import { LastMessageService } from './last-message.service';
import {
  type BatchResponse,
  type StreamEvent,
  type StreamRecord,
  messageIn,
  sequenceNumberOf,
} from './stream-event';

/** The newest message of a conversation in a batch, and all records that brought one of it. */
interface News {
  message: Message;
  readonly records: StreamRecord[];
}

/** Receives what the table's stream brings, from Lambda or from the poller. */
@Injectable()
export class MessageStream {
  private readonly logger = new Logger(MessageStream.name);

  constructor(private readonly lastMessages: LastMessageService) {}

  /** Never rejects: a record that fails fails alone, and is named in the answer. */
  async receive({ Records: records }: StreamEvent): Promise<BatchResponse> {
    const failed: StreamRecord[] = [];
    for (const { message, records: brought } of this.newsIn(records, failed)) {
      try {
        await this.lastMessages.show(message);
      } catch (error) {
        this.logger.error(`Message ${message.id} will be brought again. ${String(error)}`);
        failed.push(...brought);
      }
    }
    return { batchItemFailures: failed.map((record) => ({ itemIdentifier: sequenceNumberOf(record) })) };
  }

  /** Of the messages of a conversation only the newest is to be shown: one move instead of many. */
  private newsIn(records: readonly StreamRecord[], failed: StreamRecord[]): Iterable<News> {
    const news = new Map<string, News>();
    for (const record of records) {
      try {
        const message = messageIn(record);
        if (!message) continue;
        const known = news.get(message.conversationId);
        if (!known) news.set(message.conversationId, { message, records: [record] });
        else {
          known.records.push(record);
          if (message.id > known.message.id) known.message = message;
        }
      } catch (error) {
        this.logger.error(`Record ${sequenceNumberOf(record)} brings no message. ${String(error)}`);
        failed.push(record);
      }
    }
    return news.values();
  }
}
