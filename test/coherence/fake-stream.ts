/** A table with a stream that does what it is told: splits, forgets, throttles. It takes the SDK's own commands. */
import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { StreamsClient } from '../../lib/dynamodb/stream-client';

interface FakeRecord {
  readonly eventName?: string;
  readonly userIdentity?: { PrincipalId: string };
  readonly dynamodb: { SequenceNumber: string; Keys: Record<string, AttributeValue> };
}

interface FakeShard {
  readonly ShardId: string;
  readonly ParentShardId: string | undefined;
  readonly records: FakeRecord[];
  isClosed: boolean;
  isListed: boolean;
  trimmedBefore: number;
}

type Input = Record<string, string | number | undefined>;

// Small, so that every listing has several.
const SHARDS_PER_PAGE = 2;

export class FakeStream {
  arn: string | undefined = 'stream-1';
  /** A stream that was switched off keeps its address at AWS and on DynamoDB Local. */
  isOn = true;
  /** Names of the requests, in order. */
  readonly requests: string[] = [];
  private shards: FakeShard[] = [];
  private sequence = 0;
  private generation = 0;
  private readonly failures: { readonly request: string; readonly error: Error; times: number }[] = [];

  constructor(...shards: string[]) {
    for (const id of shards) this.open(id);
  }

  /** For whoever expects one of the SDK's clients. */
  as<Client extends DynamoDBClient | StreamsClient>(): Client {
    return this as unknown as Client;
  }

  open(id: string, parent?: string): void {
    this.shards.push({
      ShardId: id,
      ParentShardId: parent,
      records: [],
      isClosed: false,
      isListed: true,
      trimmedBefore: 0,
    });
  }

  close(id: string): void {
    this.shard(id).isClosed = true;
  }

  /** Whether DescribeStream shows a shard. */
  list(id: string, isListed: boolean): void {
    this.shard(id).isListed = isListed;
  }

  write(
    id: string,
    address: string,
    rest: { eventName?: string; deletedBy?: string; sk?: string } = {},
  ): void {
    const Keys = { pk: { S: address }, ...(rest.sk !== undefined && { sk: { S: rest.sk } }) };
    this.shard(id).records.push({
      eventName: rest.eventName ?? 'MODIFY',
      ...(rest.deletedBy !== undefined && { userIdentity: { PrincipalId: rest.deletedBy } }),
      dynamodb: { SequenceNumber: String(++this.sequence), Keys },
    });
  }

  /** What was written so far can be read no more. */
  trim(id: string): void {
    this.shard(id).trimmedBefore = this.shard(id).records.length;
  }

  /** Every iterator that was given out has expired. */
  expireIterators(): void {
    this.generation++;
  }

  /** The table is dropped and created again: another stream, other shards. */
  recreate(arn: string, ...shards: string[]): void {
    this.arn = arn;
    this.shards = [];
    for (const id of shards) this.open(id);
  }

  fail(request: string, error: Error | string, times = 1): void {
    this.failures.push({ request, error: typeof error === 'string' ? named(error) : error, times });
  }

  async send(command: { readonly input: object }): Promise<unknown> {
    await Promise.resolve();
    const name = command.constructor.name.replace(/Command$/, '');
    this.requests.push(name);
    const failure = this.failures.find(({ request, times }) => request === name && times > 0);
    if (failure) {
      failure.times--;
      throw failure.error;
    }
    return this.answer(name, command.input as Input);
  }

  private answer(name: string, input: Input): unknown {
    switch (name) {
      case 'DescribeTable':
        return {
          Table:
            this.arn === undefined
              ? {}
              : { LatestStreamArn: this.arn, StreamSpecification: { StreamEnabled: this.isOn } },
        };
      case 'DescribeStream':
        return { StreamDescription: this.describe(input) };
      case 'GetShardIterator':
        return { ShardIterator: this.iterator(input) };
      case 'GetRecords':
        return this.records(input);
      default:
        throw new Error(`no answer to ${name}`);
    }
  }

  // DynamoDB's own rule for pages; and every shard looks closed, as dynoxide's do.
  private describe({ StreamArn, ExclusiveStartShardId: after }: Input): object {
    if (StreamArn !== this.arn) throw named('ResourceNotFoundException');
    const all = this.shards.filter(({ isListed }) => isListed);
    const start = after === undefined ? 0 : all.findIndex(({ ShardId }) => ShardId === after) + 1;
    const page = all.slice(start, start + SHARDS_PER_PAGE);
    const Shards = page.map(({ ShardId, ParentShardId }) => ({
      ShardId,
      ParentShardId,
      SequenceNumberRange: { StartingSequenceNumber: '0', EndingSequenceNumber: '9' },
    }));
    return {
      Shards,
      LastEvaluatedShardId: start + page.length < all.length ? page.at(-1)?.ShardId : undefined,
    };
  }

  private iterator({ StreamArn, ShardId, ShardIteratorType, SequenceNumber }: Input): string {
    if (StreamArn !== this.arn) throw named('ResourceNotFoundException');
    const { records, trimmedBefore } = this.shard(String(ShardId));
    if (ShardIteratorType === 'LATEST') return this.at(String(ShardId), records.length);
    if (ShardIteratorType === 'TRIM_HORIZON') return this.at(String(ShardId), trimmedBefore);
    const next = records.findIndex(({ dynamodb }) => dynamodb.SequenceNumber === SequenceNumber) + 1;
    if (next < trimmedBefore) throw named('TrimmedDataAccessException');
    return this.at(String(ShardId), next);
  }

  private records({ ShardIterator, Limit }: Input): object {
    const [arn, generation, id = '', position] = String(ShardIterator).split('|');
    if (arn !== this.arn) throw named('ResourceNotFoundException');
    if (Number(generation) !== this.generation) throw named('ExpiredIteratorException');
    const { records, isClosed, trimmedBefore } = this.shard(id);
    const start = Number(position);
    if (start < trimmedBefore) throw named('TrimmedDataAccessException');
    const Records = records.slice(start, start + Number(Limit));
    const next = start + Records.length;
    const isOver = isClosed && next === records.length;
    return { Records, ...(!isOver && { NextShardIterator: this.at(id, next) }) };
  }

  private at(id: string, position: number): string {
    return [this.arn, this.generation, id, position].join('|');
  }

  private shard(id: string): FakeShard {
    const shard = this.shards.find(({ ShardId }) => ShardId === id);
    if (!shard) throw named('ResourceNotFoundException');
    return shard;
  }
}

export function named(name: string): Error {
  return Object.assign(new Error(`the stream says ${name}`), { name });
}
