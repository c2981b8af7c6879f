/** Where a flush stands, in a file, so that one which was ended can go on instead of beginning anew. */
import { readFile } from 'node:fs/promises';
import { UsageError } from '../cli-error';
import { type Place, assertSamePlace } from '../place';
import { MAX_SEGMENTS } from '../segments';
import type { Generation } from './generations';

export interface SegmentState {
  /** The partition key after which reading goes on; null at the beginning. */
  readonly after: string | null;
  readonly isDone: boolean;
}

export interface FlushState {
  readonly table: string;
  readonly place: Place;
  /** Which table of that name. */
  readonly identity: string;
  /** As `--namespace` had it; null for the whole table. */
  readonly space: string | null;
  /** Namespaces that are known, and get a new generation whether or not entries of them are found. */
  readonly spaces: readonly string[];
  readonly segments: readonly SegmentState[];
  readonly generations: Readonly<Record<string, Generation>>;
  readonly counts: FlushCounts;
}

export interface FlushCounts {
  readonly scanned: number;
  readonly deleted: number;
  /** Written anew between the look and the deletion: left alone. */
  readonly changed: number;
  /** Loaded after the flush had begun: left alone. */
  readonly younger: number;
  readonly scans: number;
  readonly deletes: number;
  readonly readUnits: number;
  readonly writeUnits: number;
}

export const NO_COUNTS: FlushCounts = {
  scanned: 0,
  deleted: 0,
  changed: 0,
  younger: 0,
  scans: 0,
  deletes: 0,
  readUnits: 0,
  writeUnits: 0,
};

export function addCounts(a: FlushCounts, b: Partial<FlushCounts>): FlushCounts {
  const sum: Record<keyof FlushCounts, number> = { ...a };
  for (const name of Object.keys(sum) as (keyof FlushCounts)[]) sum[name] += b[name] ?? 0;
  return sum;
}

/** What stands in a file may be anything. */
export function isFlushState(value: unknown): value is FlushState {
  const { segments, spaces, generations, counts, place, identity } = (value ?? {}) as Partial<FlushState>;
  if (!Array.isArray(segments) || segments.length === 0 || segments.length > MAX_SEGMENTS) return false;
  return Boolean(Array.isArray(spaces) && generations && counts && place) && typeof identity === 'string';
}

/**
 * @param space as `--namespace` has it; undefined where none is named, and then the file says which
 * @throws UsageError when it is not a flush of this
 */
export async function loadState(
  file: string,
  { table, space }: { readonly table: string; readonly space: string | undefined },
): Promise<FlushState> {
  let state: unknown;
  try {
    state = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new UsageError(
      `--resume: ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  if (!isFlushState(state)) throw new UsageError(`--resume: ${file} is not what a flush leaves`);
  if (state.table !== table)
    throw new UsageError(`--resume: ${file} is of the table ${state.table}, not of ${table}`);
  if (space !== undefined && space !== state.space)
    throw new UsageError(
      `--resume: ${file} is of a flush of ${toldSpace(state.space)}, not of ${toldSpace(space)}. Nothing was done.`,
      'Leave --namespace out to go on with that one, or --resume to begin anew.',
    );
  return state;
}

/** @throws UsageError when the state is of another table of that name */
export function assertSameTable(
  file: string,
  then: FlushState,
  now: Pick<FlushState, 'place' | 'identity'>,
): void {
  assertSamePlace('resume', file, then.place, now.place);
  if (then.identity === now.identity) return;
  throw new UsageError(
    `--resume: the table ${then.table} was made anew since ${file} was written. Nothing was done.`,
    'There is nothing left to go on with: remove the file. To flush the table that is there now, leave --resume out.',
  );
}

export function toldSpace(space: string | null): string {
  return space === null ? 'every namespace' : `the namespace ${space}`;
}
