/**
 * The memo of one request: what each key's read found, absences and failures included, so that a key is read at most
 * once in a request. It forgets what was evicted in this process since, and everything after a minute, because a
 * scope may belong to a stream or a queue worker that lives for hours.
 */
import type { Clock } from '../clock';
import { isPromise } from '../is-promise';
import type { Entry } from '../tiers/entry';
import { AsyncVariable } from './async-variable';
import type { Seen } from './flights';
import { type Moment, between, momentOf } from '../moment';

/** What a read found: what was seen at the address, and the entry there if it still exists and is valid. */
export interface Found {
  readonly seen: Seen;
  readonly entry: Entry | undefined;
}

/** When something was read, or its load began: in the order of evictions, and by the clocks. */
export interface Taken {
  readonly mark: number;
  readonly takenAt: Moment;
}

export interface Memo extends Taken {
  /** Resolves always: a failed read is remembered as a miss of unknown version. */
  readonly found: Found | Promise<Found>;
}

const MAX_KEYS = 10_000;
const MAX_BYTES = 32 * 1024 * 1024;
export const SCOPE_MEMORY_MS = 60_000;

export class RequestScope {
  private readonly memos = new Map<string, Memo>();
  private bytes = 0;

  constructor(private readonly clock: Clock) {}

  recall(address: string, present = momentOf(this.clock)): Memo | undefined {
    const memo = this.memos.get(address);
    if (!memo || between(memo.takenAt, present) <= SCOPE_MEMORY_MS) return memo;
    this.forget(address);
    return undefined;
  }

  remember(address: string, memo: Memo): void {
    this.forget(address);
    const bytes = bytesOf(memo);
    if (this.memos.size >= MAX_KEYS || this.bytes + bytes > MAX_BYTES) return;
    this.memos.set(address, memo);
    this.bytes += bytes;
    if (isPromise(memo.found)) void this.settle(address, memo, memo.found);
  }

  forget(address: string): void {
    const memo = this.memos.get(address);
    if (!memo) return;
    this.memos.delete(address);
    this.bytes -= bytesOf(memo);
  }

  // A settled memo answers without another turn of the promise queue, and only then are its bytes known.
  private async settle(address: string, memo: Memo, pending: Promise<Found>): Promise<void> {
    const found = await pending;
    if (this.memos.get(address) === memo) this.remember(address, { ...memo, found });
  }
}

function bytesOf({ found }: Memo): number {
  return isPromise(found) ? 0 : (found.entry?.bytes.byteLength ?? 0);
}

/** Which request scope the running code belongs to. Each cache has its own, so two applications never share one. */
export class RequestScopes {
  private readonly scope = new AsyncVariable<RequestScope>();

  constructor(private readonly clock: Clock) {}

  current(): RequestScope | undefined {
    return this.scope.get();
  }

  run<T>(body: () => T): T {
    return this.scope.run(new RequestScope(this.clock), body);
  }
}
