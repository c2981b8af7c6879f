/**
 * Stands in for Lambda where there is none: reads the table's stream and hands batches to the same `MessageStream`. It
 * begins with all that the stream has, which is a day's writes; what was done already does no harm.
 */
import { DescribeStreamCommand, DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import { ConversationsTable } from '../database/conversations-table';
import { MessageStream } from '../last-message/message-stream';
import { deliver } from './delivery';
import { type ListedShard, ShardOrder } from './shard-order';
import { ShardReader } from './shard-reader';

const LOOK_AGAIN_MS = 1_000;

@Injectable()
export class StreamPoller implements OnModuleDestroy {
  private readonly logger = new Logger(StreamPoller.name);
  private readonly ending = new AbortController();
  private readonly order = new ShardOrder();
  private readonly reading = new Set<Promise<void>>();
  private polling: Promise<void> = Promise.resolve();

  constructor(
    private readonly table: ConversationsTable,
    private readonly client: DynamoDBStreamsClient,
    private readonly messages: MessageStream,
  ) {}

  start(): void {
    this.polling = this.poll().catch((error: unknown) => {
      if (!this.ending.signal.aborted) this.logger.error(`The stream is not read. ${String(error)}`);
    });
  }

  async onModuleDestroy(): Promise<void> {
    this.ending.abort();
    await this.polling;
    await Promise.allSettled(this.reading);
  }

  /** Looks at the stream whenever a shard has ended, and until it is known what comes after that. */
  private async poll(): Promise<void> {
    const { signal } = this.ending;
    while (!signal.aborted) {
      const isComplete = await this.look();
      const again = isComplete ? [] : [wait(LOOK_AGAIN_MS, undefined, { signal })];
      await Promise.race([...this.reading, ...again]);
    }
  }

  /** @returns whether there is nothing to look for before a shard ends */
  private async look(): Promise<boolean> {
    try {
      // A stream that was switched off and on is another one.
      const streamArn = await this.table.streamArn();
      const listed = await this.describe(streamArn);
      for (const id of this.order.next(listed)) this.begin(streamArn, id);
      return this.reading.size > 0 && this.order.isComplete(listed);
    } catch (error) {
      this.ending.signal.throwIfAborted();
      this.logger.warn(`The stream is described again in a moment. ${String(error)}`);
      return false;
    }
  }

  private begin(streamArn: string, id: string): void {
    const { signal } = this.ending;
    const shard = new ShardReader(
      this.client,
      { streamArn, id },
      (records) => deliver(records, this.messages, signal, this.logger),
      this.logger,
      signal,
    );
    const reading = shard.run().then(() => {
      this.order.end(id);
      this.reading.delete(reading);
    });
    this.reading.add(reading);
    // It fails only when all of it ends, and then there may be nobody who waits for it.
    reading.catch(() => undefined);
  }

  private async describe(streamArn: string): Promise<ListedShard[]> {
    const shards: ListedShard[] = [];
    let last: string | undefined;
    do {
      const { StreamDescription: page } = await this.client.send(
        new DescribeStreamCommand({ StreamArn: streamArn, ExclusiveStartShardId: last }),
        { abortSignal: this.ending.signal },
      );
      const listed = page?.Shards ?? [];
      shards.push(...listed.map(({ ShardId: id = '', ParentShardId: parentId }) => ({ id, parentId })));
      last = page?.LastEvaluatedShardId;
    } while (last !== undefined);
    return shards;
  }
}
