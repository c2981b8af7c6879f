/** Whether options have the shape that they should, and go together. */
import { assertFlag, assertKnown, assertMethods, assertRecord } from '../assertions';
import { isClient } from '../dynamodb/client';
import type { TableLayout } from '../dynamodb/layout';
import { loadStreamsSdk } from '../dynamodb/stream-client';
import type { LoaderTimeout } from '../engine/call-options';
import { InvalidOptionsError } from '../invalid-options-error';
import type { BreakerOptions, DynamoCacheOptions, MemoryOptions } from './options';

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
  batch: true,
  timeout: true,
  breaker: true,
  drainTimeout: true,
  types: true,
  codec: true,
  compress: true,
  seal: true,
  maxChunks: true,
  layout: true,
  trackCapacity: true,
  logger: true,
  clock: true,
};
const FLAGS = ['createTable', 'requestScope', 'consistentRead', 'batch', 'strict', 'trackCapacity'] as const;
const MEMORY: Record<keyof MemoryOptions, true> = { max: true, maxBytes: true, ttl: true, isolate: true };
const LOADER_TIMEOUT: Record<keyof LoaderTimeout, true> = { soft: true, hard: true };
const BREAKER: Record<keyof BreakerOptions, true> = { failures: true, cooldown: true };
const LAYOUT: Record<keyof TableLayout, true> = {
  preset: true,
  partitionKey: true,
  sortKey: true,
  value: true,
  ttl: true,
};

/**
 * @param extras options that are known besides, and read elsewhere
 * @throws InvalidOptionsError, with what to write instead
 */
export function assertOptions(options: DynamoCacheOptions, extras: Readonly<Record<string, true>>): void {
  assertRecord(options, 'options', "{ table: 'cache-prod', ttl: '10m' }");
  assertKnown(options, { ...OPTIONS, ...extras }, '');
  assertShapes(options);
  assertCoherence(options);
  assertTiersAreAsked(options);
  assertPlainText(options);
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
  for (const flag of FLAGS) assertFlag(options[flag], flag);
  if (breaker !== undefined) {
    assertRecord(breaker, 'breaker', "{ failures: 5, cooldown: '10s' }");
    assertKnown(breaker, BREAKER, 'breaker.');
  }
  if (layout !== undefined && typeof layout !== 'string') {
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

function assertTiersAreAsked({ consistentRead = false, tiers = [] }: DynamoCacheOptions): void {
  if (!consistentRead || tiers.length === 0) return;
  throw new InvalidOptionsError(
    'tiers',
    'are never asked with consistentRead: true, whose reads go to the table: leave one of the two out',
  );
}

// Other programs would find no JSON.
function assertPlainText({ codec, compress = false, seal, maxChunks = 1 }: DynamoCacheOptions): void {
  if (codec !== 'json') return;
  const refuse = (option: string): never => {
    throw new InvalidOptionsError(
      option,
      "other programs would not find plain JSON: leave it out, or leave out codec: 'json'",
    );
  };
  if (compress !== false) refuse('compress');
  if (seal !== undefined) refuse('seal');
  if (maxChunks !== 1) refuse('maxChunks');
}
