/** Reads the options once, at start-up. What cannot work is refused here, so that no call ever meets it. */
import { assertFlag, assertKnown, assertMethods, assertRecord } from '../assertions';
import { type Clock, systemClock } from '../clock';
import { createCodec } from '../codec/value-codec';
import { isClient } from '../dynamodb/client';
import type { DynamoStoreOptions } from '../dynamodb/dynamo-store';
import { type TableLayout, resolveLayout } from '../dynamodb/layout';
import { resolveTableName } from '../dynamodb/table-name';
import { type Duration, durationMs, looksLikeSeconds } from '../duration';
import type { EngineOptions } from '../engine/engine-options';
import { InvalidOptionsError } from '../invalid-options-error';
import { assertNamespace, assertVersion } from '../key/storage-key';
import { type CacheLogger, consoleLogger } from '../observability/logger';
import type { BreakerOptions, DynamoCacheOptions } from './options';

export interface ResolvedOptions {
  readonly engine: EngineOptions;
  readonly store: DynamoStoreOptions;
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
  requestScope: true,
  consistentRead: true,
  timeout: true,
  breaker: true,
  drainTimeout: true,
  types: true,
  layout: true,
  logger: true,
  clock: true,
};
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
  const clock: Clock = options.clock ?? systemClock;
  const ttlMs = duration(options, 'ttl', '10m');
  const maxTtlMs = duration(options, 'maxTtl', '30d');
  if (ttlMs > maxTtlMs)
    throw new InvalidOptionsError('ttl', 'is longer than maxTtl: shorten it, or raise maxTtl');
  const chosenLogger = options.logger ?? logger;
  if (options.ttl !== undefined && looksLikeSeconds(options.ttl)) {
    chosenLogger.warn(
      `A ttl of ${options.ttl} is ${options.ttl} milliseconds. If seconds are meant, write '${options.ttl}s'.`,
    );
  }
  return {
    engine: {
      ttlMs,
      maxTtlMs,
      timeoutMs: duration(options, 'timeout', '500ms'),
      breaker: {
        failures: failures(options.breaker?.failures ?? 5),
        cooldownMs: durationMs(options.breaker?.cooldown ?? '10s', 'breaker.cooldown'),
      },
      drainTimeoutMs: duration(options, 'drainTimeout', '5s'),
      requestScope: options.requestScope ?? true,
      consistentRead: options.consistentRead ?? false,
      codec: createCodec({ types: options.types ?? [] }),
      clock,
      logger: chosenLogger,
    },
    store: storeOptions(options, clock),
  };
}

function storeOptions(options: DynamoCacheOptions, clock: Clock): DynamoStoreOptions {
  const { client, namespace, version, layout, createTable, types, timeout, maxTtl } = options;
  const table = resolveTableName(options.table);
  if (namespace !== undefined) assertNamespace(namespace);
  if (version !== undefined) assertVersion(version);
  resolveLayout(layout);
  return {
    table,
    clock,
    ...(client && { client }),
    ...(namespace !== undefined && { namespace }),
    ...(version !== undefined && { version }),
    ...(layout && { layout }),
    ...(createTable !== undefined && { createTable }),
    ...(types && { types }),
    ...(timeout !== undefined && { timeout }),
    ...(maxTtl !== undefined && { ttl: maxTtl }),
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
  for (const flag of ['createTable', 'requestScope', 'consistentRead'] as const)
    assertFlag(options[flag], flag);
  if (breaker !== undefined) {
    assertRecord(breaker, 'breaker', "{ failures: 5, cooldown: '10s' }");
    assertKnown(breaker, BREAKER, 'breaker.');
  }
  if (layout !== undefined) {
    assertRecord(layout, 'layout', "{ partitionKey: 'pk', value: 'v', ttl: 'ttl' }");
    assertKnown(layout, LAYOUT, 'layout.');
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
    assertMethods(clock, 'clock', ['now', 'monotonic'], 'a ManualClock, or leave it out');
  }
}

type DurationOption = 'ttl' | 'maxTtl' | 'timeout' | 'drainTimeout';

function duration(options: DynamoCacheOptions, name: DurationOption, otherwise: Duration): number {
  return durationMs(options[name] ?? otherwise, name);
}

function failures(count: unknown): number {
  if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 1) return count;
  throw new InvalidOptionsError('breaker.failures', 'write a whole number, 1 or more');
}
