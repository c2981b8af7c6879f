/**
 * Where reading stands in each shard of one stream. What stands in a shard before its reading began was written before
 * the listener was told that it may have missed anything. The order among shards is of no matter to somebody who
 * forgets addresses, so a child is read as soon as it is known, whether its parent is at its end or not.
 */
import type { Clock } from '../clock';
import type { StreamRecord } from './stream-record';
import { PAGE, type Position, type Shard, type StreamSource } from './stream-source';

/** Writes may have gone by unseen. */
export class ContinuityLostError extends Error {
  override readonly name = 'ContinuityLostError';
}

interface Reading {
  readonly id: string;
  iterator: string | undefined;
  /** Where a new iterator begins when this one has expired; undefined when no such place is known. */
  position: Exclude<Position, 'LATEST'> | undefined;
}

/** How far a round of reading got. */
export type Progress = 'more' | 'upToDate' | 'incomplete';

const AT_ONCE = 8;
const LOOK_MS = 60_000;
// What cannot be asked for again: the iterator, the shard or the stream is no more, or not of this stream.
const LOST = new Set(['TrimmedDataAccessException', 'ResourceNotFoundException', 'ValidationException']);

export class StreamShards {
  private known: ReadonlySet<string>;
  private readonly readings = new Map<string, Reading>();
  /** Closed shards whose successors have not been listed yet. */
  private readonly orphaning = new Set<string>();
  private lookedAtMs: number;

  private constructor(
    private readonly source: StreamSource,
    private readonly arn: string,
    shards: readonly Shard[],
    private readonly clock: Clock,
    private readonly onRecord: (record: StreamRecord) => void,
  ) {
    this.known = new Set(shards.map(({ id }) => id));
    this.lookedAtMs = clock.monotonic();
  }

  /** Begins at the end of every open shard. A shard that has a child is closed. */
  static async fromNow(
    source: StreamSource,
    clock: Clock,
    onRecord: (record: StreamRecord) => void,
  ): Promise<StreamShards> {
    const arn = await source.find();
    const shards = await source.shards(arn);
    const parents = new Set(shards.map(({ parentId }) => parentId));
    const reading = new StreamShards(source, arn, shards, clock, onRecord);
    await inGroups(
      shards.filter(({ id }) => !parents.has(id)),
      async ({ id }) => {
        const iterator = await source.iterator(arn, id, 'LATEST');
        reading.readings.set(id, { id, iterator, position: undefined });
      },
    );
    return reading;
  }

  /**
   * One page of every shard.
   *
   * @throws ContinuityLostError when reading cannot go on where it was
   * @throws what the stream answers instead, when it can
   */
  async readOn(): Promise<Progress> {
    if (this.clock.monotonic() - this.lookedAtMs >= LOOK_MS) await this.look();
    const progress = await inGroups([...this.readings.values()], (reading) => this.read(reading));
    if (this.orphaning.size > 0) {
      await this.look();
      return 'incomplete';
    }
    if (progress.includes('more')) return 'more';
    return progress.includes('incomplete') ? 'incomplete' : 'upToDate';
  }

  private async read(reading: Reading): Promise<Progress> {
    try {
      reading.iterator ??= await this.iteratorOf(reading);
      const { records, next } = await this.source.records(reading.iterator);
      for (const record of records) this.onRecord(record);
      const after = records.at(-1)?.dynamodb?.SequenceNumber;
      if (after !== undefined) reading.position = { after };
      reading.iterator = next;
      if (next === undefined) return this.end(reading);
      return records.length >= PAGE ? 'more' : 'upToDate';
    } catch (error) {
      const name = error instanceof Error ? error.name : '';
      if (name === 'ExpiredIteratorException') {
        reading.iterator = undefined;
        return 'incomplete';
      }
      if (!LOST.has(name)) throw error;
      throw new ContinuityLostError(`shard ${reading.id} cannot be read on (${name})`, { cause: error });
    }
  }

  private async iteratorOf({ id, position }: Reading): Promise<string> {
    const iterator = position && (await this.source.iterator(this.arn, id, position));
    if (iterator !== undefined) return iterator;
    throw new ContinuityLostError(`the iterator of shard ${id} has expired before anything was read`);
  }

  private end({ id }: Reading): Progress {
    this.readings.delete(id);
    this.orphaning.add(id);
    return 'incomplete';
  }

  // A stream that was switched off and on, or a table that was created anew, has another address.
  private async look(): Promise<void> {
    if ((await this.source.find()) !== this.arn)
      throw new ContinuityLostError('the table has another stream');
    const shards = await this.source.shards(this.arn);
    for (const { id, parentId } of shards) {
      if (parentId !== undefined) this.orphaning.delete(parentId);
      if (!this.known.has(id)) this.readings.set(id, { id, iterator: undefined, position: 'TRIM_HORIZON' });
    }
    this.known = new Set(shards.map(({ id }) => id));
    this.lookedAtMs = this.clock.monotonic();
  }
}

/** All of them to their end, some at once; then throws the first failure, a lost continuity before others. */
async function inGroups<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  const results: PromiseSettledResult<R>[] = [];
  for (let start = 0; start < items.length; start += AT_ONCE) {
    results.push(...(await Promise.allSettled(items.slice(start, start + AT_ONCE).map(run))));
  }
  const errors = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  );
  if (errors.length > 0) throw errors.find((error) => error instanceof ContinuityLostError) ?? errors[0];
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}
