/** Where a flush stands, in a file, so that one which was ended can go on instead of beginning anew. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { UsageError } from '../cli-error';
import type { Generation } from './generations';

export interface SegmentState {
  /** The partition key after which reading goes on; null at the beginning. */
  readonly after: string | null;
  readonly isDone: boolean;
}

export interface FlushState {
  readonly table: string;
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

/** Never half a file: whoever is ended while writing leaves the one before. */
export async function saveState(file: string, state: FlushState): Promise<void> {
  const draft = `${file}.new`;
  await writeFile(draft, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 });
  await rename(draft, file);
}

export async function forgetState(file: string): Promise<void> {
  await rm(file, { force: true });
}

/** @throws UsageError */
export async function loadState(file: string, table: string): Promise<FlushState> {
  let state: Partial<FlushState>;
  try {
    state = JSON.parse(await readFile(file, 'utf8')) as Partial<FlushState>;
  } catch (error) {
    throw new UsageError(
      `--resume: ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const { segments, spaces, generations, counts } = state;
  if (!Array.isArray(segments) || segments.length === 0 || !Array.isArray(spaces) || !generations || !counts)
    throw new UsageError(`--resume: ${file} is not what a flush leaves`);
  if (state.table !== table)
    throw new UsageError(`--resume: ${file} is of the table ${state.table ?? '?'}, not of ${table}`);
  return state as FlushState;
}
