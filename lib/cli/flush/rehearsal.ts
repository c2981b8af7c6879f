/** What a flush would delete: looks, and writes nothing. */
import type { TableConnection } from '../connection';
import type { Settings } from '../settings';
import type { FlushState } from './flush-state';
import { scanPage } from './segment-scan';

export interface Rehearsal {
  readonly entries: number;
  readonly namespaces: Readonly<Record<string, number>>;
  readonly scanned: number;
  readonly scans: number;
}

export async function countDoomed(
  connection: TableConnection,
  settings: Settings,
  { segments, space }: FlushState,
  signal: AbortSignal,
  onProgress: (scanned: number, entries: number) => void,
): Promise<Rehearsal> {
  const namespaces = new Map<string, number>();
  const total = { entries: 0, scanned: 0, scans: 0 };
  await Promise.all(
    segments.map(async ({ after: start, isDone }, index) => {
      const segment = { index, count: segments.length, space: space ?? undefined };
      for (let after = start, isLast = isDone; !isLast;) {
        signal.throwIfAborted();
        const page = await scanPage(connection, settings, segment, after);
        for (const entry of page.entries) namespaces.set(entry.space, (namespaces.get(entry.space) ?? 0) + 1);
        total.entries += page.entries.length;
        total.scanned += page.scanned;
        total.scans++;
        onProgress(page.scanned, total.entries);
        isLast = page.next === undefined;
        after = page.next ?? null;
      }
    }),
  );
  return { ...total, namespaces: Object.fromEntries([...namespaces].sort()) };
}
