/**
 * The read path: request scope, then the table. It never rejects: a read that failed, ran out of time or was not sent
 * is a miss of unknown version, which is loaded but not written back.
 */
import type { Clock } from '../clock';
import type { EntryStore } from '../tiers/entry-store';
import type { Stored } from '../tiers/entry';
import type { EngineOptions } from './engine-options';
import type { EvictionLog } from './eviction-log';
import { UNSEEN } from './flights';
import { freshnessOf } from './freshness';
import { ReadQueue } from './read-queue';
import type { Found, Memo, RequestScope, RequestScopes } from './request-scope';
import type { StoreGuard } from './store-guard';

// How long a replica may lag behind an eviction of this process; such a key is read consistently, at twice the price.
const REPLICATION_LAG_MS = 5_000;

export class Reader {
  private readonly queue: ReadQueue;
  private readonly clock: Clock;

  constructor(
    store: EntryStore,
    guard: StoreGuard,
    private readonly scopes: RequestScopes,
    private readonly evictions: EvictionLog,
    private readonly options: Pick<EngineOptions, 'clock' | 'consistentRead' | 'maxTtlMs'>,
  ) {
    this.clock = options.clock;
    this.queue = new ReadQueue((keys, consistent) =>
      guard.run('read', (signal) => store.read(keys, { signal, consistent })),
    );
  }

  /** The present order of evictions, to be kept beside a load that begins now. */
  mark(): number {
    return this.evictions.mark();
  }

  /** What there is to serve for a key, and whether the request scope knew it. */
  async find(key: string): Promise<{ found: Found; fromScope: boolean }> {
    const scope = this.scopes.current();
    const memo = scope && this.recall(scope, key);
    if (memo) {
      const found = this.current(memo.found instanceof Promise ? await memo.found : memo.found);
      // An eviction may have come while the other call of this request was still reading.
      if (!this.evictions.overtaken(key, memo.mark)) return { found, fromScope: true };
    }
    const mark = this.evictions.mark();
    const reading = this.read(key);
    scope?.remember(key, { found: reading, mark, takenAtMs: this.clock.monotonic() });
    return { found: await reading, fromScope: false };
  }

  /** Makes what this request has just loaded what it will be served. */
  remember(key: string, memo: Omit<Memo, 'takenAtMs'>): void {
    this.scopes.current()?.remember(key, { ...memo, takenAtMs: this.clock.monotonic() });
  }

  private recall(scope: RequestScope, key: string): Memo | undefined {
    const memo = scope.recall(key, this.clock.monotonic());
    if (!memo || !this.evictions.overtaken(key, memo.mark)) return memo;
    scope.forget(key);
    return undefined;
  }

  private async read(key: string): Promise<Found> {
    const { consistentRead } = this.options;
    try {
      const stored = await this.queue.read(
        key,
        consistentRead || this.evictions.isRecent(key, REPLICATION_LAG_MS),
      );
      return this.judge(stored);
    } catch {
      // Counted and logged by the guard.
      return { hit: false, seen: UNSEEN };
    }
  }

  private judge(stored: Stored): Found {
    if (stored.state === 'empty') return { hit: false, seen: { known: true, version: stored.version } };
    return this.current({ hit: true, entry: stored.entry });
  }

  // The wall clock is asked after every await: the process may have been frozen meanwhile.
  private current(found: Found): Found {
    if (!found.hit) return found;
    switch (freshnessOf(found.entry, this.clock.now(), this.options.maxTtlMs)) {
      case 'fresh':
        return found;
      case 'expired':
        return { hit: false, seen: { known: true, version: found.entry.version } };
    }
  }
}
