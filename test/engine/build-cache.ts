import { createCodec } from '../../lib/codec/value-codec';
import { DynamoCache } from '../../lib/engine/dynamo-cache';
import type { EngineOptions } from '../../lib/engine/engine-options';
import type { CacheLogger } from '../../lib/observability/logger';
import { InMemoryStore, ManualClock } from '../../lib/testing';
import type { Entry } from '../../lib/tiers/entry';
import { newVersion } from '../../lib/tiers/entry';
import { WatchedStore } from './watched-store';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const DAY = 24 * 60 * MINUTE;

/** Keeps what was logged. */
export class Lines implements CacheLogger {
  readonly warnings: string[] = [];
  readonly errors: string[] = [];

  get all(): string[] {
    return [...this.warnings, ...this.errors];
  }

  warn(message: string): void {
    this.warnings.push(message);
  }

  error(message: string): void {
    this.errors.push(message);
  }
}

export interface Built {
  readonly cache: DynamoCache;
  readonly store: WatchedStore;
  readonly clock: ManualClock;
  readonly lines: Lines;
}

/** A cache over a store in memory, on a clock that stands still. */
export function buildCache(options: Partial<EngineOptions> = {}): Built {
  const clock = new ManualClock();
  return over(new InMemoryStore(clock), clock, options);
}

/** Another process: a cache of its own over the same entries. */
export function buildOther({ store, clock }: Built, options: Partial<EngineOptions> = {}): Built {
  return over(store, clock, options);
}

function over(
  inner: InMemoryStore | WatchedStore,
  clock: ManualClock,
  options: Partial<EngineOptions>,
): Built {
  const store = new WatchedStore(inner);
  const lines = new Lines();
  const cache = new DynamoCache(store, {
    ttlMs: 10 * MINUTE,
    maxTtlMs: 30 * DAY,
    timeoutMs: 5 * SECOND,
    breaker: { failures: 5, cooldownMs: 10 * SECOND },
    drainTimeoutMs: 5 * SECOND,
    requestScope: true,
    consistentRead: false,
    codec: createCodec(),
    clock,
    logger: lines,
    ...options,
  });
  return { cache, store, clock, lines };
}

/** An entry as another process would have written it. */
export function entryOf(value: unknown, nowMs: number, times: Partial<Entry> = {}): Entry {
  const endsAtMs = nowMs + 10 * MINUTE;
  const bytes = createCodec().encode(value);
  return { bytes, version: newVersion(), loadedAtMs: nowMs, freshUntilMs: endsAtMs, endsAtMs, ...times };
}

export function sick(): never {
  throw new Error('the table is sick');
}
