import { createCodec } from '../../lib/codec/value-codec';
import { DynamoCache } from '../../lib/engine/dynamo-cache';
import type { EngineOptions } from '../../lib/engine/engine-options';
import type { PolicyDefaults } from '../../lib/engine/policy';
import { NO_STAND_IN } from '../../lib/engine/stale-times';
import type { CacheLogger } from '../../lib/observability/logger';
import { InMemoryStore, ManualClock } from '../../lib/testing';
import { Addresses } from '../../lib/key/addresses';
import type { Entry } from '../../lib/tiers/entry';
import type { EntryStore } from '../../lib/tiers/entry-store';
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

export type Options = Partial<Omit<EngineOptions, 'policy' | 'clock'>> & {
  readonly policy?: Partial<PolicyDefaults>;
};

/** A cache over a store in memory, on a clock that stands still. */
export function buildCache(options: Options = {}): Built {
  const clock = new ManualClock();
  return over(new InMemoryStore(clock), clock, options);
}

/** Another process: a cache of its own over the same entries, on the same clock unless it has its own. */
export function buildOther(
  { store, clock }: Pick<Built, 'store' | 'clock'>,
  options: Options = {},
  ownClock = clock,
): Built {
  return over(store.inner, ownClock, options);
}

/** A cache over a store of the test's own. */
export function buildOver(inner: EntryStore, clock: ManualClock, options: Options = {}): Built {
  return over(inner, clock, options);
}

function over(inner: EntryStore, clock: ManualClock, { policy, ...options }: Options): Built {
  const store = new WatchedStore(inner);
  const lines = new Lines();
  const defaults = { ...POLICY, ...policy };
  const cache = new DynamoCache(store, {
    policy: defaults,
    maxLifeMs: 2 * defaults.maxTtlMs,
    namespace: 'cache',
    version: undefined,
    timeoutMs: 5 * SECOND,
    breaker: { failures: 5, cooldownMs: 10 * SECOND },
    drainTimeoutMs: 5 * SECOND,
    requestScope: true,
    consistentRead: false,
    strict: false,
    memory: undefined,
    waitUntil: undefined,
    isFrozenAfterResponse: false,
    codec: createCodec(),
    clock,
    logger: lines,
    ...options,
  });
  return { cache, store, clock, lines };
}

const POLICY: PolicyDefaults = {
  ttlMs: 10 * MINUTE,
  maxTtlMs: 30 * DAY,
  staleWhileRevalidateMs: 0,
  ...NO_STAND_IN,
  refreshAhead: undefined,
  jitter: 0,
  leaseMs: undefined,
  softTimeoutMs: undefined,
  hardTimeoutMs: undefined,
};

/** Where a key is in the table. */
export function at(key: string): string {
  return new Addresses('cache').entry(key);
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
