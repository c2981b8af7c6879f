import type { ValueCodec } from '../codec/value-codec';
import type { Clock } from '../clock';
import type { CacheLogger } from '../observability/logger';

/** What the engine runs on: every option read, checked and in milliseconds. */
export interface EngineOptions {
  readonly ttlMs: number;
  readonly maxTtlMs: number;
  /** Budget of one store operation. */
  readonly timeoutMs: number;
  readonly breaker: { readonly failures: number; readonly cooldownMs: number };
  readonly drainTimeoutMs: number;
  readonly requestScope: boolean;
  readonly consistentRead: boolean;
  readonly codec: ValueCodec;
  readonly clock: Clock;
  readonly logger: CacheLogger;
}
