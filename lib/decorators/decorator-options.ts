/** What the decorators were given, checked when the class is defined. What a decorator says, its message starts with. */
import { assertFlag, assertFunction, assertKnown, assertOneOf, assertRecord } from '../assertions';
import { type Duration, durationMs } from '../duration';
import type { LoadOptions, LoaderTimeout } from '../engine/call-options';
import { assertOwnName } from '../engine/function-names';
import { type PolicyDefaults, assertSoftFirst, resolvePolicy } from '../engine/policy';
import { NO_STAND_IN } from '../engine/stale-times';
import { InvalidOptionsError } from '../invalid-options-error';
import type { DynamoCacheEvictOptions } from './dynamo-cache-evict.decorator';
import type { DynamoCachePutOptions } from './dynamo-cache-put.decorator';
import type { DynamoCacheableManyOptions } from './dynamo-cacheable-many.decorator';
import type { DynamoCacheableOptions } from './dynamo-cacheable.types';
import { assertHttpOptions } from './http-cache-options';

// What a method says is checked against these; the cache's own come when it is known.
const POLICY: PolicyDefaults = {
  ttlMs: 1,
  maxTtlMs: Number.MAX_SAFE_INTEGER,
  staleWhileRevalidateMs: 0,
  ...NO_STAND_IN,
  refreshAhead: undefined,
  jitter: 0,
  leaseMs: undefined,
  softTimeoutMs: undefined,
  hardTimeoutMs: undefined,
};

// Typed so that the compiler complains when an option is added to an interface and not here.
const CACHEABLE: Record<keyof DynamoCacheableOptions, true> = {
  ttl: true,
  name: true,
  key: true,
  when: true,
  unless: true,
  tags: true,
  staleWhileRevalidate: true,
  staleIfError: true,
  jitter: true,
  refreshAhead: true,
  lease: true,
  loaderTimeout: true,
  cacheErrors: true,
  http: true,
};
const MANY: Record<keyof DynamoCacheableManyOptions, true> = {
  ttl: true,
  name: true,
  id: true,
  as: true,
  cacheMissing: true,
  staleWhileRevalidate: true,
  staleIfError: true,
  jitter: true,
  refreshAhead: true,
};
const EVICT: Record<keyof DynamoCacheEvictOptions, true> = {
  tags: true,
  keys: true,
  method: true,
  args: true,
  everything: true,
  before: true,
};
const PUT: Record<keyof DynamoCachePutOptions, true> = { method: true, args: true, unless: true };
const LOADER_TIMEOUT: Record<keyof LoaderTimeout, true> = { soft: true, hard: true };
const SHAPES: readonly string[] = ['array', 'map', 'record'];

/** @throws InvalidOptionsError when an option cannot work */
export function readCacheableOptions<A extends readonly any[], R>(
  ttlOrOptions: Duration | DynamoCacheableOptions<A, R> | undefined,
): DynamoCacheableOptions<A, R> {
  const decorator = '@DynamoCacheable';
  if (ttlOrOptions === undefined) return {};
  if (typeof ttlOrOptions === 'number' || typeof ttlOrOptions === 'string') {
    durationMs(ttlOrOptions, decorator);
    return { ttl: ttlOrOptions };
  }
  const options: DynamoCacheableOptions<A, R> = ttlOrOptions;
  assertRecord(options, decorator, "a ttl such as '10m', or { ttl: '10m' }");
  assertKnown(options, CACHEABLE, `${decorator} `);
  assertLoaderTimeout(options.loaderTimeout, decorator);
  assertPolicy(options as LoadOptions<R>, decorator);
  assertName(options.name, decorator);
  assertTexts(options.tags, `${decorator} tags`, 'tags: (id) => [`menu:${id}`]');
  assertFunction(options.key, `${decorator} key`, 'key: (id) => id');
  assertFunction(options.when, `${decorator} when`, "when: (id) => id !== 'draft'");
  assertFunction(options.unless, `${decorator} unless`, 'unless: (menu) => menu.isPartial');
  assertFunction(
    options.cacheErrors,
    `${decorator} cacheErrors`,
    "cacheErrors: (error) => (error instanceof NotFoundException ? '30s' : false)",
  );
  if (options.http !== false) assertHttpOptions(options.http, `${decorator} http`);
  return options;
}

/** @throws InvalidOptionsError when an option cannot work */
export function readManyOptions(options: DynamoCacheableManyOptions): DynamoCacheableManyOptions {
  const decorator = '@DynamoCacheableMany';
  assertRecord(options, decorator, "{ ttl: '10m', id: (menu) => menu.id }");
  assertKnown(options, MANY, `${decorator} `);
  assertPolicy(options as LoadOptions<unknown>, decorator);
  assertName(options.name, decorator);
  assertFunction(options.id, `${decorator} id`, 'id: (menu) => menu.id');
  assertFlag(options.cacheMissing, `${decorator} cacheMissing`);
  const { as = 'array', id } = options;
  assertOneOf(as, SHAPES, `${decorator} as`);
  if (id && as !== 'array') {
    throw new InvalidOptionsError(`${decorator} id`, `belongs to arrays: leave it out with as: '${as}'`);
  }
  return options;
}

/** @throws InvalidOptionsError when an option cannot work, or nothing would be evicted */
export function readEvictOptions(options: DynamoCacheEvictOptions): DynamoCacheEvictOptions {
  const decorator = '@DynamoCacheEvict';
  assertRecord(options, decorator, '{ tags: (id) => [`menu:${id}`] }');
  assertKnown(options, EVICT, `${decorator} `);
  const { tags, keys, method, args, everything, before } = options;
  assertTexts(tags, `${decorator} tags`, 'tags: (id) => [`menu:${id}`]');
  assertTexts(keys, `${decorator} keys`, 'keys: (id) => [`menu:${id}`]');
  if (method !== undefined) assertMethodName(method, decorator);
  assertFunction(args, `${decorator} args`, 'args: (id) => [id]');
  assertFlag(everything, `${decorator} everything`);
  assertFlag(before, `${decorator} before`);
  if (!tags && !keys && method === undefined && !everything) {
    throw new InvalidOptionsError(
      decorator,
      'evicts nothing: write tags: (id) => [`menu:${id}`], or keys, method or everything: true',
    );
  }
  if (args && method === undefined) {
    throw new InvalidOptionsError(`${decorator} args`, "are whose? Write method: 'find' beside it");
  }
  return options;
}

/** @throws InvalidOptionsError when an option cannot work */
export function readPutOptions(options: DynamoCachePutOptions): DynamoCachePutOptions {
  const decorator = '@DynamoCachePut';
  assertRecord(options, decorator, "{ method: 'find', args: (id) => [id] }");
  assertKnown(options, PUT, `${decorator} `);
  assertMethodName(options.method, decorator);
  assertFunction(options.args, `${decorator} args`, 'args: (id) => [id]');
  assertFunction(options.unless, `${decorator} unless`, 'unless: (menu) => menu.isPartial');
  return options;
}

// Whatever the cache's own options are, these cannot work.
function assertPolicy<R>(options: LoadOptions<R>, decorator: string): void {
  try {
    assertSoftFirst(resolvePolicy(options, POLICY));
  } catch (error) {
    if (!(error instanceof InvalidOptionsError)) throw error;
    const problem = error.message.slice(`${error.option}: `.length);
    throw new InvalidOptionsError(`${decorator} ${error.option}`, problem);
  }
}

function assertLoaderTimeout(timeout: unknown, decorator: string): void {
  if (timeout === undefined) return;
  assertRecord(timeout, `${decorator} loaderTimeout`, "{ soft: '1s', hard: '10s' }");
  assertKnown(timeout, LOADER_TIMEOUT, `${decorator} loaderTimeout.`);
}

function assertName(name: unknown, decorator: string): void {
  if (name === undefined) return;
  if (typeof name !== 'string')
    throw new InvalidOptionsError(`${decorator} name`, "is no text: write name: 'menu'");
  assertOwnName(name);
}

function assertMethodName(method: unknown, decorator: string): void {
  if (typeof method === 'string' && method !== '') return;
  throw new InvalidOptionsError(
    `${decorator} method`,
    "is no method's name: write method: 'find' for one of this class, 'MenuService.find' for another's",
  );
}

// A text is a list of letters to JavaScript, and would become as many tags.
function assertTexts(texts: unknown, option: string, instead: string): void {
  if (texts === undefined || typeof texts === 'function') return;
  const isList = Array.isArray(texts) && texts.length > 0 && texts.every((text) => typeof text === 'string');
  if (!isList) throw new InvalidOptionsError(option, `is no list of texts and no function: write ${instead}`);
}
