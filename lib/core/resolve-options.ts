/** Reads the options once, at start-up. What cannot work is refused here, so that no call ever meets it. */
import { assertFlag, assertKnown, assertMethods, assertRecord } from '../assertions';
import { type Clock, systemClock } from '../clock';
import { DEFAULT_MAX_CHUNKS } from '../dynamodb/chunks';
import type { TableStoreOptions } from '../dynamodb/table-store';
import { resolveLayout } from '../dynamodb/layout';
import { resolveTableName } from '../dynamodb/table-name';
import { type Duration, durationMs, looksLikeSeconds } from '../duration';
import type { EngineOptions } from '../engine/engine-options';
import { InvalidOptionsError } from '../invalid-options-error';
import { Addresses } from '../key/addresses';
import type { MemoryTierOptions } from '../tiers/memory-tier';
import { type PolicyDefaults, assertSoftFirst, readLease, readShare } from '../engine/policy';
import { NO_STAND_IN, readStaleIfError, readStaleTime } from '../engine/stale-times';
import { type CacheLogger, consoleLogger } from '../observability/logger';
import type { KeyvLike } from '../tiers/keyv-tier';
import { type ResolvedPacking, resolvePacking } from './packing-options';
import { resolveCodec } from './resolve-codec';
import { assertOptions } from './assert-options';
import type { DynamoCacheOptions, TierOptions } from './options';

export interface ResolvedOptions {
  readonly engine: EngineOptions;
  readonly store: TableStoreOptions;
  readonly tiers: readonly ResolvedTier[];
  readonly packing: ResolvedPacking;
}

export interface ResolvedTier {
  readonly keyv: KeyvLike;
  readonly ttlMs: number;
  readonly timeoutMs: number;
}

const TIER: Record<keyof TierOptions, true> = { keyv: true, ttl: true, timeout: true };

/**
 * @param extras options that are known besides, and read elsewhere
 * @throws InvalidOptionsError, InvalidTypesError or InvalidKeyPartError, with what to write instead
 */
export function resolveOptions(
  options: DynamoCacheOptions = {},
  logger: CacheLogger = consoleLogger,
  extras: Readonly<Record<string, true>> = {},
): ResolvedOptions {
  assertOptions(options, extras);
  const clock: Clock = options.clock ?? systemClock;
  const { namespace = 'cache', version } = options;
  const isText = options.codec === 'json';
  // What a function returns is looked at when it is asked.
  new Addresses(typeof namespace === 'function' ? 'cache' : namespace, version);
  const policy = policyDefaults(options);
  const chosenLogger = options.logger ?? logger;
  if (options.ttl !== undefined && looksLikeSeconds(options.ttl)) {
    chosenLogger.warn(
      `A ttl of ${options.ttl} is ${options.ttl} milliseconds. If seconds are meant, write '${options.ttl}s'.`,
    );
  }
  const timeoutMs = duration(options, 'timeout', '500ms');
  const tiers = (options.tiers ?? []).map(resolveTier);
  assertTimeIsLeft(tiers, timeoutMs);
  return {
    engine: {
      policy,
      // A life of at most maxTtl, and a stale time of at most as long.
      maxLifeMs: 2 * policy.maxTtlMs,
      namespace,
      version,
      timeoutMs,
      breaker: {
        failures: wholeNumber(options.breaker?.failures ?? 5, 'breaker.failures'),
        cooldownMs: durationMs(options.breaker?.cooldown ?? '10s', 'breaker.cooldown'),
      },
      drainTimeoutMs: duration(options, 'drainTimeout', '5s'),
      requestScope: options.requestScope ?? true,
      consistentRead: options.consistentRead ?? false,
      batch: options.batch ?? true,
      strict: options.strict ?? false,
      memory: memoryTier(options.memory),
      coherence: options.coherence,
      waitUntil: options.waitUntil,
      // Set by AWS Lambda and Vercel, which freeze the process after the response.
      isFrozenAfterResponse: Boolean(process.env.AWS_LAMBDA_FUNCTION_NAME ?? process.env.VERCEL),
      codec: resolveCodec(options),
      clock,
      logger: chosenLogger,
    },
    tiers,
    packing: resolvePacking(options),
    store: {
      table: resolveTableName(options.table),
      client: options.client,
      layout: resolveLayout(options.layout, isText),
      maxChunks: wholeNumber(options.maxChunks ?? (isText ? 1 : DEFAULT_MAX_CHUNKS), 'maxChunks'),
      createTable: options.createTable ?? false,
      stream: options.coherence === 'stream',
      undatedLifeMs: policy.ttlMs,
      trackCapacity: options.trackCapacity ?? false,
      clock,
    },
  };
}

function policyDefaults(options: DynamoCacheOptions): PolicyDefaults {
  const ttlMs = duration(options, 'ttl', '10m');
  const maxTtlMs = duration(options, 'maxTtl', '30d');
  if (ttlMs > maxTtlMs)
    throw new InvalidOptionsError('ttl', 'is longer than maxTtl: shorten it, or raise maxTtl');
  const { staleWhileRevalidate, loaderTimeout } = options;
  const standIn = readStaleIfError(options.staleIfError) ?? NO_STAND_IN;
  const optional = (value: Duration | undefined, name: string) =>
    value === undefined ? undefined : durationMs(value, name);
  const policy: PolicyDefaults = {
    ttlMs,
    maxTtlMs,
    staleWhileRevalidateMs: Math.min(
      readStaleTime(staleWhileRevalidate, 'staleWhileRevalidate') ?? 0,
      maxTtlMs,
    ),
    ...standIn,
    staleIfErrorMs: Math.min(standIn.staleIfErrorMs, maxTtlMs),
    refreshAhead: readShare(options.refreshAhead, 'refreshAhead'),
    jitter: readShare(options.jitter, 'jitter') ?? 0,
    leaseMs: readLease(options.lease, undefined),
    softTimeoutMs: optional(loaderTimeout?.soft, 'loaderTimeout.soft'),
    hardTimeoutMs: optional(loaderTimeout?.hard, 'loaderTimeout.hard'),
  };
  assertSoftFirst(policy);
  return policy;
}

function memoryTier(memory: DynamoCacheOptions['memory']): MemoryTierOptions | undefined {
  if (memory === undefined || memory === false) return undefined;
  const {
    max = 1_000,
    maxBytes = 64 * 1024 * 1024,
    ttl = '5s',
    isolate = true,
  } = memory === true ? {} : memory;
  assertFlag(isolate, 'memory.isolate');
  return {
    maxEntries: wholeNumber(max, 'memory.max'),
    maxBytes: wholeNumber(maxBytes, 'memory.maxBytes'),
    ttlMs: durationMs(ttl, 'memory.ttl'),
    isolate,
  };
}

function resolveTier(tier: KeyvLike | TierOptions, i: number): ResolvedTier {
  const option = `tiers[${i}]`;
  assertRecord(tier, option, "new Keyv(…), or { keyv: new Keyv(…), ttl: '30s' }");
  if (!('keyv' in tier)) return resolveTier({ keyv: tier }, i);
  assertKnown(tier, TIER, `${option}.`);
  const { keyv, ttl = '30s', timeout = '100ms' } = tier;
  assertMethods(keyv, option, ['get', 'set', 'delete'], 'new Keyv(…)');
  return {
    keyv,
    ttlMs: durationMs(ttl, `${option}.ttl`),
    timeoutMs: durationMs(timeout, `${option}.timeout`),
  };
}

// Tiers are asked one after another, before the table: if all of them hang, a hit must not become a load.
function assertTimeIsLeft(tiers: readonly ResolvedTier[], timeoutMs: number): void {
  const spentMs = tiers.reduce((sum, tier) => sum + tier.timeoutMs, 0);
  if (spentMs < timeoutMs) return;
  throw new InvalidOptionsError(
    'tiers',
    `may take ${spentMs} ms, which leaves the table nothing of a timeout of ${timeoutMs} ms: shorten "timeout" of the ` +
      'tiers, or raise that of the cache',
  );
}

type DurationOption = 'ttl' | 'maxTtl' | 'timeout' | 'drainTimeout';

function duration(options: DynamoCacheOptions, name: DurationOption, otherwise: Duration): number {
  return durationMs(options[name] ?? otherwise, name);
}

function wholeNumber(count: unknown, option: string): number {
  if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 1) return count;
  throw new InvalidOptionsError(option, 'write a whole number, 1 or more');
}
