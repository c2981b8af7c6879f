/** What is checked when a decorated class is defined: the options as they were written, and the place. */
import { types } from 'node:util';
import { assertFunction, assertKnown, assertRecord } from '../assertions';
import { type Duration, durationMs } from '../duration';
import type { LoadOptions } from '../engine/call-options';
import { assertOwnName } from '../engine/function-names';
import { type PolicyDefaults, resolvePolicy } from '../engine/policy';
import { InvalidOptionsError } from '../invalid-options-error';
import type { DynamoCacheableOptions } from './dynamo-cacheable.types';

export type AnyMethod = (this: unknown, ...args: unknown[]) => unknown;

const DECORATOR = '@DynamoCacheable';

// What a call says is checked against these; the cache's own come when it is known.
const POLICY: PolicyDefaults = {
  ttlMs: 1,
  maxTtlMs: Number.MAX_SAFE_INTEGER,
  staleWhileRevalidateMs: 0,
  staleIfErrorMs: 0,
  refreshAhead: undefined,
  jitter: 0,
  leaseMs: undefined,
  softTimeoutMs: undefined,
  hardTimeoutMs: undefined,
};

// Typed so that the compiler complains when an option is added to the interface and not here.
const OPTIONS: Record<keyof DynamoCacheableOptions, true> = {
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
};

/** @throws InvalidOptionsError when an option cannot work */
export function readCacheableOptions<A extends readonly any[], R>(
  ttlOrOptions: Duration | DynamoCacheableOptions<A, R> | undefined,
): DynamoCacheableOptions<A, R> {
  if (ttlOrOptions === undefined) return {};
  if (typeof ttlOrOptions === 'number' || typeof ttlOrOptions === 'string') {
    durationMs(ttlOrOptions, DECORATOR);
    return { ttl: ttlOrOptions };
  }
  const options: DynamoCacheableOptions<A, R> = ttlOrOptions;
  assertRecord(options, DECORATOR, "a ttl such as '10m', or { ttl: '10m' }");
  assertKnown(options, OPTIONS, `${DECORATOR} `);
  assertPolicy(options as LoadOptions<R>);
  if (options.name !== undefined) assertName(options.name);
  assertFunction(options.key, `${DECORATOR} key`, 'key: (id) => id');
  assertFunction(options.when, `${DECORATOR} when`, "when: (id) => id !== 'draft'");
  assertFunction(options.unless, `${DECORATOR} unless`, 'unless: (menu) => menu.isPartial');
  return options;
}

// Whatever the cache's own options are, these cannot work.
function assertPolicy<R>(options: LoadOptions<R>): void {
  resolvePolicy(options, POLICY);
}

/**
 * The method that stands where the decorator was put.
 *
 * @throws InvalidOptionsError when that is no method whose result can be cached
 */
export function methodToDecorate(
  decorator: string,
  target: object,
  propertyKey: string | symbol,
  descriptor: PropertyDescriptor | undefined,
): AnyMethod {
  if (typeof propertyKey === 'object') {
    throw new InvalidOptionsError(
      decorator,
      'set "experimentalDecorators": true in tsconfig, as Nest needs it',
    );
  }
  const original: unknown = descriptor?.value;
  const isStatic = typeof target === 'function';
  if (typeof original === 'function' && !isStatic && !types.isGeneratorFunction(original)) {
    return original as AnyMethod;
  }
  const place = `${isStatic ? target.name : target.constructor.name}.${String(propertyKey)}`;
  throw new InvalidOptionsError(
    decorator,
    `${place} is ${describe(original, isStatic)}: put it on an instance method that returns a Promise or an Observable`,
  );
}

function describe(original: unknown, isStatic: boolean): string {
  if (typeof original !== 'function') return 'no method';
  return isStatic ? 'static' : 'a generator';
}

function assertName(name: unknown): void {
  if (typeof name !== 'string')
    throw new InvalidOptionsError(`${DECORATOR} name`, "is no text: write name: 'menu'");
  assertOwnName(name);
}
