/** The requests that following a table's stream is made of, each under a deadline and the signal that ends them all. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { NoStreamError } from './no-stream-error';
import { type StreamsClient, connectStreams, loadStreamsSdk } from './stream-client';
import type { StreamRecord } from './stream-record';
import type { Table } from './table';
import { untilAborted } from './until-aborted';

const REQUEST_MS = 5_000;
/** The most records a page has. */
export const PAGE = 1_000;

export interface Shard {
  readonly id: string;
  readonly parentId: string | undefined;
}

/** Where in a shard reading begins. */
export type Position = 'LATEST' | 'TRIM_HORIZON' | { readonly after: string };

export interface Page {
  readonly records: readonly StreamRecord[];
  /** Undefined when the shard is closed and was read to its end. */
  readonly next: string | undefined;
}

export class StreamSource {
  private client: Promise<StreamsClient> | undefined;

  constructor(
    private readonly table: Table,
    private readonly ended: AbortSignal,
    private readonly connect: (client: DynamoDBClient) => Promise<StreamsClient> = connectStreams,
  ) {}

  get layout(): Table['layout'] {
    return this.table.layout;
  }

  /** The stream the table has now. @throws NoStreamError */
  async find(): Promise<string> {
    const { name } = this.table;
    const { Table: description } = await untilAborted(this.ended, () =>
      this.table.administer(({ client, sdk }, options) =>
        client.send(new sdk.DescribeTableCommand({ TableName: name }), options),
      ),
    );
    const { LatestStreamArn: arn, StreamSpecification: specification } = description ?? {};
    if (arn !== undefined && specification?.StreamEnabled) return arn;
    throw new NoStreamError(name);
  }

  /** All shards of the last 24 hours. */
  async shards(arn: string): Promise<Shard[]> {
    const { DescribeStreamCommand } = loadStreamsSdk();
    const shards: Shard[] = [];
    let start: string | undefined;
    do {
      const input = { StreamArn: arn, ...(start !== undefined && { ExclusiveStartShardId: start }) };
      const { StreamDescription: page } = await this.send((client, abortSignal) =>
        client.send(new DescribeStreamCommand(input), { abortSignal }),
      );
      for (const { ShardId: id, ParentShardId: parentId } of page?.Shards ?? []) {
        if (id !== undefined) shards.push({ id, parentId });
      }
      start = page?.LastEvaluatedShardId;
    } while (start !== undefined);
    return shards;
  }

  async iterator(arn: string, shardId: string, position: Position): Promise<string | undefined> {
    const { GetShardIteratorCommand } = loadStreamsSdk();
    const from =
      typeof position === 'string'
        ? { ShardIteratorType: position }
        : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const, SequenceNumber: position.after };
    const { ShardIterator } = await this.send((client, abortSignal) =>
      client.send(new GetShardIteratorCommand({ StreamArn: arn, ShardId: shardId, ...from }), {
        abortSignal,
      }),
    );
    return ShardIterator;
  }

  async records(iterator: string): Promise<Page> {
    const { GetRecordsCommand } = loadStreamsSdk();
    const { Records: records = [], NextShardIterator: next } = await this.send((client, abortSignal) =>
      client.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: PAGE }), { abortSignal }),
    );
    return { records, next };
  }

  private async send<T>(request: (client: StreamsClient, signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const abort = () => {
      controller.abort(this.ended.reason);
    };
    const timer = setTimeout(() => {
      controller.abort(new Error(`the stream gave no answer within ${REQUEST_MS} ms`));
    }, REQUEST_MS);
    timer.unref();
    this.ended.addEventListener('abort', abort);
    try {
      this.ended.throwIfAborted();
      return await untilAborted(controller.signal, async () =>
        request(await this.connected(), controller.signal),
      );
    } finally {
      clearTimeout(timer);
      this.ended.removeEventListener('abort', abort);
    }
  }

  private connected(): Promise<StreamsClient> {
    // A failure is not kept: the next request tries again.
    this.client ??= this.table
      .administer(({ client }) => this.connect(client))
      .catch((error: unknown) => {
        this.client = undefined;
        throw error;
      });
    return this.client;
  }
}
