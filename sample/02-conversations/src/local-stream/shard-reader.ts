/** Reads one shard of a stream from its beginning to its end, as Lambda does: in order, and on when a batch is done. */
import {
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type _Record as ReadRecord,
} from '@aws-sdk/client-dynamodb-streams';
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

  constructor(
    private readonly client: DynamoDBStreamsClient,
    private readonly shard: Shard,
    private readonly deliver: (records: ReadRecord[]) => Promise<void>,
    private readonly onFailure: (error: unknown) => void,
    private readonly ended: AbortSignal,
  ) {}

  /** Resolves at the end of the shard. @throws the signal's reason when that comes first */
  async run(): Promise<void> {
    let isOver = false;
    while (!isOver) {
      try {
        isOver = await this.readOn();
      } catch (error) {
        this.ended.throwIfAborted();
        this.onFailure(error);
        // What has been read and is kept no longer cannot be gone on from: all that is kept is read again.
        if ((error as Error).name === 'TrimmedDataAccessException') this.lastRead = undefined;
        this.iterator = undefined;
        await this.pause(PAUSE_AFTER_FAILURE_MS);
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
    await this.deliver(records);
    this.lastRead = records.at(-1)?.dynamodb?.SequenceNumber ?? this.lastRead;
    this.iterator = next;
    if (next !== undefined && records.length === 0) await this.pause(PAUSE_MS);
    return next === undefined;
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
