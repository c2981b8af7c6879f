/**
 * Stands in for Lambda where there is none: reads the table's stream and hands batches to the same `MessageStream`. It
 * begins with all that the stream has, which is a day's writes; what was done already does no harm.
 */
import { DescribeStreamCommand, DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import { ConversationsTable } from '../database/conversations-table';
import { MessageStream } from '../last-message/message-stream';
import { deliver } from './delivery';
import { ShardReader } from './shard-reader';

const PAUSE_AFTER_FAILURE_MS = 1_000;

interface ListedShard {
  readonly id: string;
  readonly parentId: string | undefined;
}

@Injectable()
export class StreamPoller implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(StreamPoller.name);
  private readonly ending = new AbortController();
  private readonly begun = new Set<string>();
  private polling: Promise<void> = Promise.resolve();

  constructor(
    private readonly table: ConversationsTable,
    private readonly client: DynamoDBStreamsClient,
    private readonly messages: MessageStream,
  ) {}

  onApplicationBootstrap(): void {
    this.polling = this.poll().catch((error: unknown) => {
      if (!this.ending.signal.aborted) this.logger.error(`The stream is not read. ${String(error)}`);
    });
  }

  async onModuleDestroy(): Promise<void> {
    this.ending.abort();
    await this.polling;
  }

  private async poll(): Promise<void> {
    const streamArn = await this.table.streamArn();
    const shards = await this.shardsOf(streamArn);
    const listed = new Set(shards.map(({ id }) => id));
    // Before a shard its parent is read, if that is still there: so each item's writes come in their order.
    const first = shards.filter(({ parentId }) => parentId === undefined || !listed.has(parentId));
    await Promise.all(first.map(({ id }) => this.read(streamArn, id)));
  }

  private async read(streamArn: string, id: string): Promise<void> {
    if (this.begun.has(id)) return;
    this.begun.add(id);
    const { signal } = this.ending;
    await new ShardReader(
      this.client,
      { streamArn, id },
      (records) => deliver(records, this.messages, signal, this.logger),
      (error) => {
        this.logger.warn(`The stream is read on in a moment. ${String(error)}`);
      },
      signal,
    ).run();
    const shards = await this.shardsOf(streamArn);
    const children = shards.filter(({ parentId }) => parentId === id);
    await Promise.all(children.map((child) => this.read(streamArn, child.id)));
  }

  /** Asks until there is an answer: without one, nobody would read what comes after a shard that has ended. */
  private async shardsOf(streamArn: string): Promise<ListedShard[]> {
    for (;;) {
      try {
        return await this.describe(streamArn);
      } catch (error) {
        this.ending.signal.throwIfAborted();
        this.logger.warn(`The stream is described again in a moment. ${String(error)}`);
        await wait(PAUSE_AFTER_FAILURE_MS, undefined, { signal: this.ending.signal });
      }
    }
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
