/** Reads one shard of a stream from its beginning to its end, as Lambda does: in order, and on when a batch is done. */
import {
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type _Record as ReadRecord,
} from '@aws-sdk/client-dynamodb-streams';
import type { Logger } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';

const BATCH = 100;
const PAUSE_MS = 200;
const PAUSE_AFTER_FAILURE_MS = 1_000;

export interface Shard {
  readonly streamArn: string;
  readonly id: string;
}

export class ShardReader {
  /** Where to go on when the iterator is no good any more. */
  private lastRead: string | undefined;
  private iterator: string | undefined;
  /** Whether it began at the oldest record that is kept, because what came before was gone, and has read none since. */
  private isAtHorizon = false;

  constructor(
    private readonly client: DynamoDBStreamsClient,
    private readonly shard: Shard,
    private readonly deliver: (records: ReadRecord[]) => Promise<void>,
    private readonly logger: Pick<Logger, 'warn'>,
    private readonly ended: AbortSignal,
  ) {}

  /** Resolves at the end of the shard, or when nothing of it is kept any more. @throws the signal's reason when that comes first */
  async run(): Promise<void> {
    let isOver = false;
    while (!isOver) {
      try {
        isOver = await this.readOn();
      } catch (error) {
        this.ended.throwIfAborted();
        isOver = await this.recover(error as Error);
      }
    }
  }

  private async readOn(): Promise<boolean> {
    const abortSignal = this.ended;
    this.iterator ??= await this.begin();
    const { Records: records = [], NextShardIterator: next } = await this.client.send(
      new GetRecordsCommand({ ShardIterator: this.iterator, Limit: BATCH }),
      { abortSignal },
    );
    this.isAtHorizon = false;
    await this.deliver(records);
    this.lastRead = records.at(-1)?.dynamodb?.SequenceNumber ?? this.lastRead;
    this.iterator = next;
    if (next !== undefined && records.length === 0) await this.pause(PAUSE_MS);
    return next === undefined;
  }

  /** @returns whether nothing of the shard is left to be read */
  private async recover(error: Error): Promise<boolean> {
    // Whatever it was, an iterator of before it may have expired: the next one begins behind what was read.
    this.iterator = undefined;
    const isTrimmed = error.name === 'TrimmedDataAccessException';
    if (error.name === 'ResourceNotFoundException' || (isTrimmed && this.isAtHorizon)) {
      this.logger.warn(`Shard ${this.shard.id} is left: nothing of it is kept any more. ${String(error)}`);
      return true;
    }
    if (isTrimmed) {
      this.logger.warn(`Shard ${this.shard.id} is read on from its oldest record: what came before is gone.`);
      this.isAtHorizon = true;
      this.lastRead = undefined;
      return false;
    }
    this.logger.warn(`The stream is read on in a moment. ${String(error)}`);
    await this.pause(PAUSE_AFTER_FAILURE_MS);
    return false;
  }

  private async begin(): Promise<string | undefined> {
    const { ShardIterator: iterator } = await this.client.send(
      new GetShardIteratorCommand({
        StreamArn: this.shard.streamArn,
        ShardId: this.shard.id,
        ...(this.lastRead === undefined
          ? { ShardIteratorType: 'TRIM_HORIZON' }
          : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: this.lastRead }),
      }),
      { abortSignal: this.ended },
    );
    return iterator;
  }

  private async pause(ms: number): Promise<void> {
    await wait(ms, undefined, { signal: this.ended });
  }
}
