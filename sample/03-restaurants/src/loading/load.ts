import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { toItem } from '../restaurants/restaurant-item';
import { BATCH, BatchWriter } from './batch-writer';
import { Checkpoint } from './checkpoint';
import type { LoadProgress } from './progress';
import type { RestaurantFile } from './restaurant-file';

/** Batches that are under way at once; a checkpoint is written after each such wave. */
const AT_ONCE = 4;
const WAVE = AT_ONCE * BATCH;

export interface Loaded {
  /** How many restaurants an earlier load had written. */
  readonly before: number;
  readonly total: number;
  /** Items that DynamoDB did not take at first. */
  readonly retried: number;
}

/**
 * Writes the restaurants into the table, and goes on where an earlier load of the same file was stopped. What that one had
 * sent after its last checkpoint is written once more, which changes nothing.
 *
 * @throws UnprocessedItemsError when DynamoDB takes nothing more
 */
export async function load(
  { digest, restaurants }: RestaurantFile,
  database: DynamoDBDocumentClient,
  table: string,
  progress: LoadProgress,
  writer = new BatchWriter(database, table),
): Promise<Loaded> {
  const total = restaurants.length;
  const checkpoint = new Checkpoint(database, table, digest);
  const before = await checkpoint.read();
  progress.begin(before, total);
  let done = before;
  try {
    while (done < total) {
      const wave = restaurants.slice(done, done + WAVE);
      await Promise.all(inBatches(wave).map((batch) => writer.write(batch.map(toItem))));
      await checkpoint.write(done + wave.length);
      done += wave.length;
      progress.advance(wave.length, done);
    }
  } catch (error) {
    progress.fail(done);
    throw error;
  }
  const loaded = { before, total, retried: writer.retried };
  progress.end(loaded);
  return loaded;
}

function inBatches<T>(all: readonly T[]): T[][] {
  const batches = Math.ceil(all.length / BATCH);
  return Array.from({ length: batches }, (_, i) => all.slice(i * BATCH, (i + 1) * BATCH));
}
