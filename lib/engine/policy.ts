/** How one value is kept: the options a user wrote, read once, in milliseconds. */
import type { Duration } from '../duration';
import { durationMs } from '../duration';
import { InvalidOptionsError } from '../invalid-options-error';
import type { EntryOptions, LoadOptions } from './call-options';
import { type StandIn, isOff, readStaleIfError, readStaleTime } from './stale-times';

export interface Policy<R = unknown> extends StandIn {
  readonly standInMs: (result: R) => number;
  /** How long a result is fresh; undefined when this result is not to be kept. */
  readonly ttlMs: (result: R) => number | undefined;
  readonly staleWhileRevalidateMs: number;
  /** The spent share of a life, 0 to 1, from which a hit refreshes in the background; never when it is 0. */
  readonly refreshAhead: number | undefined;
  /** The share of a life, 0 to 1, that chance may take off. */
  readonly jitter: number;
  readonly leaseMs: number | undefined;
  readonly softTimeoutMs: number | undefined;
  readonly hardTimeoutMs: number | undefined;
  readonly unless: ((result: R) => boolean) | undefined;
  readonly cacheErrors: ((error: unknown) => number | undefined) | undefined;
}

/** What a cache's own options say where a call says nothing. */
export interface PolicyDefaults extends StandIn {
  readonly ttlMs: number;
  readonly maxTtlMs: number;
  readonly staleWhileRevalidateMs: number;
  readonly refreshAhead: number | undefined;
  readonly jitter: number;
  readonly leaseMs: number | undefined;
  readonly softTimeoutMs: number | undefined;
  readonly hardTimeoutMs: number | undefined;
}

/** How long a lease is held by `lease: true`. */
export const LEASE_MS = 10_000;

/** @throws InvalidOptionsError when an option cannot work */
export function resolvePolicy<R>(options: LoadOptions<R>, defaults: PolicyDefaults): Policy<R> {
  const { cacheErrors, loaderTimeout } = options;
  const { staleIfErrorMs, standInMs, standsInFor } = readStaleIfError(options.staleIfError) ?? defaults;
  const timeout = (value: Duration | undefined, name: string, otherwise: number | undefined) =>
    value === undefined ? otherwise : durationMs(value, name);
  return {
    ttlMs: readTtl(options.ttl, defaults),
    staleWhileRevalidateMs: Math.min(
      readStaleTime(options.staleWhileRevalidate, 'staleWhileRevalidate') ?? defaults.staleWhileRevalidateMs,
      defaults.maxTtlMs,
    ),
    staleIfErrorMs: Math.min(staleIfErrorMs, defaults.maxTtlMs),
    standInMs: (result) => Math.min(standInMs(result as never), defaults.maxTtlMs),
    standsInFor,
    refreshAhead: readShare(options.refreshAhead, 'refreshAhead') ?? defaults.refreshAhead,
    jitter: readShare(options.jitter, 'jitter') ?? defaults.jitter,
    leaseMs: readLease(options.lease, defaults.leaseMs),
    softTimeoutMs: timeout(loaderTimeout?.soft, 'loaderTimeout.soft', defaults.softTimeoutMs),
    hardTimeoutMs: timeout(loaderTimeout?.hard, 'loaderTimeout.hard', defaults.hardTimeoutMs),
    unless: options.unless,
    cacheErrors: cacheErrors && ((error) => shortLife(cacheErrors(error), defaults.maxTtlMs)),
  };
}

/** What a policy says of one result. */
export function policyFor<R>(policy: Policy<R>, result: R): Policy<R> {
  return { ...policy, staleIfErrorMs: policy.standInMs(result) };
}

/** @throws InvalidOptionsError when the soft timeout would never be reached */
export function assertSoftFirst({
  softTimeoutMs,
  hardTimeoutMs,
}: Pick<Policy, 'softTimeoutMs' | 'hardTimeoutMs'>): void {
  if (softTimeoutMs === undefined || hardTimeoutMs === undefined || softTimeoutMs < hardTimeoutMs) return;
  throw new InvalidOptionsError(
    'loaderTimeout.soft',
    'is not shorter than hard: shorten it, or leave it out',
  );
}

function readTtl<R>(ttl: EntryOptions<R>['ttl'], { ttlMs, maxTtlMs }: PolicyDefaults): Policy<R>['ttlMs'] {
  if (typeof ttl === 'function') return (result) => shortLife(ttl(result), maxTtlMs);
  const fixed = ttl === undefined ? ttlMs : Math.min(durationMs(ttl, 'ttl'), maxTtlMs);
  return () => fixed;
}

// Asked during a call, where nothing may throw: what is no duration means that the result is not kept.
function shortLife(duration: Duration | false | undefined, maxTtlMs: number): number | undefined {
  if (duration === undefined || duration === false) return undefined;
  try {
    return Math.min(durationMs(duration, 'ttl'), maxTtlMs);
  } catch {
    return undefined;
  }
}

export function readLease(
  lease: boolean | Duration | undefined,
  otherwise: number | undefined,
): number | undefined {
  if (lease === undefined) return otherwise;
  if (typeof lease === 'boolean') return lease ? LEASE_MS : undefined;
  return durationMs(lease, 'lease');
}

/** @returns undefined where nothing is said, 0 where it is switched off */
export function readShare(share: number | false | undefined, option: string): number | undefined {
  if (share === undefined) return undefined;
  if (isOff(share)) return 0;
  if (typeof share === 'number' && share > 0 && share < 1) return share;
  throw new InvalidOptionsError(
    option,
    `${String(share)} is no share of a life: write a number between 0 and 1, or false`,
  );
}
