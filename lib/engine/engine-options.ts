import type { ValueCodec } from '../codec/value-codec';
import type { Clock } from '../clock';
import type { CacheLogger } from '../observability/logger';
import type { MemoryTierOptions } from '../tiers/memory-tier';
import type { WaitUntil } from './background';
import type { PolicyDefaults } from './policy';

/** What the engine runs on: every option read, checked and in milliseconds. */
export interface EngineOptions {
  readonly policy: PolicyDefaults;
  /** The longest an entry can exist: its longest life and its longest stale time. */
  readonly maxLifeMs: number;
  /** Of the whole cache, or of the code that is running. */
  readonly namespace: string | (() => string);
  readonly version: string | undefined;
  /** Budget of one store operation. */
  readonly timeoutMs: number;
  readonly breaker: { readonly failures: number; readonly cooldownMs: number };
  readonly drainTimeoutMs: number;
  readonly requestScope: boolean;
  readonly consistentRead: boolean;
  /** Whether what is asked for in the same turn leaves together. @default true */
  readonly batch?: boolean;
  /** Whether an eviction that did not reach the table is thrown. */
  readonly strict: boolean;
  readonly memory: MemoryTierOptions | undefined;
  /** How memory learns of other processes' evictions, besides by ending soon. */
  readonly coherence?: 'stream' | undefined;
  readonly waitUntil: WaitUntil | undefined;
  readonly isFrozenAfterResponse: boolean;
  readonly codec: ValueCodec;
  readonly clock: Clock;
  readonly logger: CacheLogger;
}
