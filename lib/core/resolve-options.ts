/** Reads the options once, at start-up. What cannot work is refused here, so that no call ever meets it. */
import { assertFlag, assertKnown, assertMethods, assertRecord } from '../assertions';
import { type Clock, systemClock } from '../clock';
import { createCodec } from '../codec/value-codec';
import { isClient } from '../dynamodb/client';
import { loadStreamsSdk } from '../dynamodb/stream-client';
import type { TableStoreOptions } from '../dynamodb/table-store';
import { type TableLayout, resolveLayout } from '../dynamodb/layout';
import { resolveTableName } from '../dynamodb/table-name';
import { type Duration, durationMs, looksLikeSeconds } from '../duration';
import type { EngineOptions } from '../engine/engine-options';
import { InvalidOptionsError } from '../invalid-options-error';
import { Addresses } from '../key/addresses';
import type { MemoryTierOptions } from '../tiers/memory-tier';
import { type PolicyDefaults, assertSoftFirst, readLease, readShare } from '../engine/policy';
import { type CacheLogger, consoleLogger } from '../observability/logger';
import type { LoaderTimeout } from '../engine/call-options';
import type { KeyvLike } from '../tiers/keyv-tier';
import { type ResolvedPacking, resolvePacking } from './packing-options';
import type { BreakerOptions, DynamoCacheOptions, MemoryOptions, TierOptions } from './options';

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

// Typed so that the compiler complains when an option is added to the interface and not here.
const OPTIONS: Record<keyof DynamoCacheOptions, true> = {
  table: true,
  client: true,
  createTable: true,
  namespace: true,
  version: true,
  ttl: true,
  maxTtl: true,
  staleWhileRevalidate: true,
  staleIfError: true,
  refreshAhead: true,
  jitter: true,
  lease: true,
  loaderTimeout: true,
  strict: true,
  memory: true,
  coherence: true,
  tiers: true,
  waitUntil: true,
  requestScope: true,
  consistentRead: true,
  timeout: true,
  breaker: true,
  drainTimeout: true,
  types: true,
  compress: true,
  seal: true,
  layout: true,
  logger: true,
  clock: true,
};
const MEMORY: Record<keyof MemoryOptions, true> = { max: true, maxBytes: true, ttl: true, isolate: true };
const TIER: Record<keyof TierOptions, true> = { keyv: true, ttl: true, timeout: true };
const LOADER_TIMEOUT: Record<keyof LoaderTimeout, true> = { soft: true, hard: true };
const BREAKER: Record<keyof BreakerOptions, true> = { failures: true, cooldown: true };
const LAYOUT: Record<keyof TableLayout, true> = { partitionKey: true, sortKey: true, value: true, ttl: true };

/**
 * @param extras options that are known besides, and read elsewhere
 * @throws InvalidOptionsError, InvalidTypesError or InvalidKeyPartError, with what to write instead
 */
export function resolveOptions(
  options: DynamoCacheOptions = {},
  logger: CacheLogger = consoleLogger,
  extras: Readonly<Record<string, true>> = {},
): ResolvedOptions {
  assertRecord(options, 'options', "{ table: 'cache-prod', ttl: '10m' }");
  assertKnown(options, { ...OPTIONS, ...extras }, '');
  assertShapes(options);
  assertCoherence(options);
  const clock: Clock = options.clock ?? systemClock;
  const { namespace = 'cache', version } = options;
  // What a function returns is looked at when it is asked.
  new Addresses(typeof namespace === 'function' ? 'cache' : namespace, version);
  const policy = policyDefaults(options);
  const chosenLogger = options.logger ?? logger;
  if (options.ttl !== undefined && looksLikeSeconds(options.ttl)) {
    chosenLogger.warn(
      `A ttl of ${options.ttl} is ${options.ttl} milliseconds. If seconds are meant, write '${options.ttl}s'.`,
    );
  }
  return {
    engine: {
      policy,
      // A life of at most maxTtl, and a stale time of at most as long.
      maxLifeMs: 2 * policy.maxTtlMs,
      namespace,
      version,
      timeoutMs: duration(options, 'timeout', '500ms'),
      breaker: {
        failures: wholeNumber(options.breaker?.failures ?? 5, 'breaker.failures'),
        cooldownMs: durationMs(options.breaker?.cooldown ?? '10s', 'breaker.cooldown'),
      },
      drainTimeoutMs: duration(options, 'drainTimeout', '5s'),
      requestScope: options.requestScope ?? true,
      consistentRead: options.consistentRead ?? false,
      strict: options.strict ?? false,
      memory: memoryTier(options.memory),
      coherence: options.coherence,
      waitUntil: options.waitUntil,
      // Set by AWS Lambda and Vercel, which freeze the process after the response.
      isFrozenAfterResponse: Boolean(process.env.AWS_LAMBDA_FUNCTION_NAME ?? process.env.VERCEL),
      codec: createCodec({ types: options.types ?? [] }),
      clock,
      logger: chosenLogger,
    },
    tiers: (options.tiers ?? []).map(resolveTier),
    packing: resolvePacking(options.compress, options.seal),
    store: {
      table: resolveTableName(options.table),
      client: options.client,
      layout: resolveLayout(options.layout),
      createTable: options.createTable ?? false,
      stream: options.coherence === 'stream',
      clock,
    },
  };
}

function policyDefaults(options: DynamoCacheOptions): PolicyDefaults {
  const ttlMs = duration(options, 'ttl', '10m');
  const maxTtlMs = duration(options, 'maxTtl', '30d');
  if (ttlMs > maxTtlMs)
    throw new InvalidOptionsError('ttl', 'is longer than maxTtl: shorten it, or raise maxTtl');
  const { staleWhileRevalidate, staleIfError, loaderTimeout } = options;
  const optional = (value: Duration | undefined, name: string) =>
    value === undefined ? undefined : durationMs(value, name);
  const policy: PolicyDefaults = {
    ttlMs,
    maxTtlMs,
    staleWhileRevalidateMs: Math.min(optional(staleWhileRevalidate, 'staleWhileRevalidate') ?? 0, maxTtlMs),
    staleIfErrorMs: Math.min(optional(staleIfError, 'staleIfError') ?? 0, maxTtlMs),
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

function assertShapes({
  breaker,
  layout,
  client,
  types,
  logger,
  clock,
  ...options
}: DynamoCacheOptions): void {
  const { memory, loaderTimeout, waitUntil } = options;
  for (const flag of ['createTable', 'requestScope', 'consistentRead', 'strict'] as const)
    assertFlag(options[flag], flag);
  if (breaker !== undefined) {
    assertRecord(breaker, 'breaker', "{ failures: 5, cooldown: '10s' }");
    assertKnown(breaker, BREAKER, 'breaker.');
  }
  if (layout !== undefined) {
    assertRecord(layout, 'layout', "{ partitionKey: 'pk', value: 'v', ttl: 'ttl' }");
    assertKnown(layout, LAYOUT, 'layout.');
  }
  if (memory !== undefined && typeof memory !== 'boolean') {
    assertRecord(memory, 'memory', "{ max: 1000, ttl: '5s' }");
    assertKnown(memory, MEMORY, 'memory.');
  }
  if (loaderTimeout !== undefined) {
    assertRecord(loaderTimeout, 'loaderTimeout', "{ soft: '1s', hard: '10s' }");
    assertKnown(loaderTimeout, LOADER_TIMEOUT, 'loaderTimeout.');
  }
  if (waitUntil !== undefined && typeof waitUntil !== 'function') {
    throw new InvalidOptionsError(
      'waitUntil',
      'is no function: write waitUntil: (work) => context.waitUntil(work)',
    );
  }
  if (options.tiers !== undefined && !Array.isArray(options.tiers)) {
    throw new InvalidOptionsError('tiers', 'is no list of Keyv stores: write tiers: [new Keyv(…)]');
  }
  if (client !== undefined && !isClient(client))
    assertRecord(
      client,
      'client',
      "a DynamoDBClient or its configuration, such as { region: 'eu-central-1' }",
    );
  if (types !== undefined && !Array.isArray(types)) {
    throw new InvalidOptionsError('types', 'is no list of classes: write types: [User]');
  }
  if (logger !== undefined) assertMethods(logger, 'logger', ['warn', 'error'], "Nest's Logger or console");
  if (clock !== undefined) {
    assertMethods(clock, 'clock', ['now', 'monotonic', 'wait'], 'a ManualClock, or leave it out');
  }
}

function assertCoherence({ coherence, memory, tiers = [] }: DynamoCacheOptions): void {
  if (coherence === undefined) return;
  const refuse = (problem: string): never => {
    throw new InvalidOptionsError('coherence', problem);
  };
  if ((coherence as unknown) !== 'stream') refuse("write 'stream', or leave it out");
  if (!memory) refuse("there is no memory to keep up to date: write memory: { ttl: '1h' } beside it");
  if (tiers.length > 0) refuse('the stream does not tell of what "tiers" hold: leave one of the two out');
  loadStreamsSdk();
}

type DurationOption = 'ttl' | 'maxTtl' | 'timeout' | 'drainTimeout';

function duration(options: DynamoCacheOptions, name: DurationOption, otherwise: Duration): number {
  return durationMs(options[name] ?? otherwise, name);
}

function wholeNumber(count: unknown, option: string): number {
  if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 1) return count;
  throw new InvalidOptionsError(option, 'write a whole number, 1 or more');
}
