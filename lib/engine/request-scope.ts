/**
 * The memo of one request: what each key's read found, absences and failures included, so that a key is read at most
 * once in a request. It forgets what was evicted in this process since, and everything after a minute, because a
 * scope may belong to a stream or a queue worker that lives for hours.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Entry } from '../tiers/entry';
import type { Seen } from './flights';

/** What a read found: an entry, or nothing to serve and the version seen there. */
export type Found =
  { readonly hit: true; readonly entry: Entry } | { readonly hit: false; readonly seen: Seen };

export interface Memo {
  /** Resolves always: a failed read is remembered as a miss of unknown version. */
  readonly found: Found | Promise<Found>;
  /** The order of evictions when it was taken. */
  readonly mark: number;
  readonly takenAtMs: number;
}

const MAX_KEYS = 10_000;
const MAX_BYTES = 32 * 1024 * 1024;
export const SCOPE_MEMORY_MS = 60_000;

export class RequestScope {
  private readonly memos = new Map<string, Memo>();
  private bytes = 0;

  recall(key: string, nowMs: number): Memo | undefined {
    const memo = this.memos.get(key);
    if (!memo || nowMs - memo.takenAtMs <= SCOPE_MEMORY_MS) return memo;
    this.forget(key);
    return undefined;
  }

  remember(key: string, memo: Memo): void {
    this.forget(key);
    const bytes = bytesOf(memo);
    if (this.memos.size >= MAX_KEYS || this.bytes + bytes > MAX_BYTES) return;
    this.memos.set(key, memo);
    this.bytes += bytes;
    if (memo.found instanceof Promise) void this.settle(key, memo, memo.found);
  }

  forget(key: string): void {
    const memo = this.memos.get(key);
    if (!memo) return;
    this.memos.delete(key);
    this.bytes -= bytesOf(memo);
  }

  // A settled memo answers without another turn of the promise queue, and only then are its bytes known.
  private async settle(key: string, memo: Memo, pending: Promise<Found>): Promise<void> {
    const found = await pending;
    if (this.memos.get(key) === memo) this.remember(key, { ...memo, found });
  }
}

function bytesOf({ found }: Memo): number {
  return !(found instanceof Promise) && found.hit ? found.entry.bytes.byteLength : 0;
}

/** Which request scope the running code belongs to. Each cache has its own, so two applications never share one. */
export class RequestScopes {
  private readonly storage = new AsyncLocalStorage<RequestScope>();

  current(): RequestScope | undefined {
    return this.storage.getStore();
  }

  run<T>(body: () => T): T {
    return this.storage.run(new RequestScope(), body);
  }
}
