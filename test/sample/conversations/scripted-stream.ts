/** A table's stream that does what streams do in hours: shards end, their children are listed later, records are trimmed. */
import type { DynamoDBStreamsClient, _Record as StreamRecord } from '@aws-sdk/client-dynamodb-streams';

interface Shard {
  readonly parent?: string;
  /** The texts of its records, in batches as they are read. */
  batches?: readonly (readonly string[])[];
  /** What reading fails with, before anything is read. */
  failures?: Error[];
  isOpen?: boolean;
  /** No longer, when it was trimmed. @default true */
  isListed?: boolean;
}

interface Command {
  readonly constructor: { readonly name: string };
  readonly input: Readonly<Record<string, string | undefined>>;
}

export class ScriptedStream {
  arn = 'arn';
  /** By id. */
  shards: Record<string, Shard> = {};
  /** What describing fails with, one at a time. */
  failures: Error[] = [];
  /** In order: `begin <shard>` and where, `read <shard>`, `described`. */
  readonly log: string[] = [];

  get client(): DynamoDBStreamsClient {
    return { send: async (command: Command) => this.answer(command) } as unknown as DynamoDBStreamsClient;
  }

  /** The shards in the order in which they were begun. */
  get begun(): string[] {
    return this.log.flatMap((line) => /^begin (\S+)/.exec(line)?.[1] ?? []);
  }

  private answer({ constructor: { name }, input }: Command): object {
    switch (name) {
      case 'DescribeStreamCommand':
        return this.describe(input);
      case 'GetShardIteratorCommand':
        return this.begin(input);
      default:
        return this.read(input.ShardIterator ?? '');
    }
  }

  private describe({ StreamArn: arn }: Command['input']): object {
    if (arn !== this.arn) throw new Error('There is no such stream.');
    const failure = this.failures.shift();
    if (failure) throw failure;
    this.log.push('described');
    const listed = Object.entries(this.shards).filter(([, { isListed = true }]) => isListed);
    const Shards = listed.map(([ShardId, { parent }]) => ({ ShardId, ParentShardId: parent }));
    return { StreamDescription: { Shards } };
  }

  private begin({
    ShardId: id = '',
    ShardIteratorType: type,
    SequenceNumber: after,
  }: Command['input']): object {
    this.log.push(`begin ${id} ${after === undefined ? (type ?? '') : `after ${after}`}`);
    const records = (this.shards[id]?.batches ?? []).flat();
    const batch = after === undefined ? 0 : this.batchOf(id, records.indexOf(after) + 1);
    return { ShardIterator: `${id} ${batch}` };
  }

  private read(iterator: string): object {
    const [id = '', batch] = iterator.split(' ');
    const shard = this.shards[id] ?? {};
    const failure = shard.failures?.shift();
    if (failure) throw failure;
    const texts = shard.batches?.[Number(batch)] ?? [];
    this.log.push(`read ${id}`);
    const isOver = !shard.isOpen && Number(batch) + 1 >= (shard.batches?.length ?? 0);
    return {
      Records: texts.map((SequenceNumber): StreamRecord => ({ dynamodb: { SequenceNumber } })),
      ...(!isOver && { NextShardIterator: `${id} ${Number(batch) + 1}` }),
    };
  }

  /** The batch that begins with so many records read. */
  private batchOf(id: string, count: number): number {
    let read = 0;
    return (this.shards[id]?.batches ?? []).findIndex((texts) => (read += texts.length) > count);
  }
}
