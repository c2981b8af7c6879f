/** What `compress` and `seal` mean, checked. */
import { assertFlag, assertKnown, assertRecord } from '../assertions';
import { type Algorithm, isAvailable } from '../codec/compression';
import { type KeySet, keySetOf } from '../codec/key-set';
import { type SealKey, readSealKeys } from '../codec/seal-keys';
import { type Duration, durationMs } from '../duration';
import { InvalidOptionsError } from '../invalid-options-error';
import type { FetchKeys } from '../tiers/key-ring';
import type { DynamoCacheOptions } from './options';

/** How values are sealed. */
export interface SealOptions {
  /**
   * The keys, the newest first: it seals, and all of them open. A function fetches them, from a KMS for example: it is
   * called at the first use, once for all callers, and while it fails nothing new is cached.
   */
  keys: readonly SealKey[] | (() => readonly SealKey[] | Promise<readonly SealKey[]>);
  /** How long fetched keys are used before the function is asked again. @default '1h' */
  refresh?: Duration;
  /** Whether values that are not sealed are read, too: while a fleet moves to `seal`, and not a day longer. @default false */
  acceptUnsealed?: boolean;
}

/** `compress` and `seal` as the rest of the options are resolved. */
export interface ResolvedPacking {
  readonly compress: Algorithm | undefined;
  readonly seal: ResolvedSeal | undefined;
}

export interface ResolvedSeal {
  readonly keys: KeySet | FetchKeys;
  readonly refreshMs: number;
  readonly acceptUnsealed: boolean;
}

const SEAL: Record<keyof SealOptions, true> = { keys: true, refresh: true, acceptUnsealed: true };
const EXAMPLE = "{ keys: [{ id: '2027-01', key: process.env.CACHE_KEY }] }";

/** @throws InvalidOptionsError */
export function resolvePacking({
  codec,
  compress = codec !== 'json',
  seal,
}: Pick<DynamoCacheOptions, 'codec' | 'compress' | 'seal'>): ResolvedPacking {
  return { compress: algorithmOf(compress), seal: seal === undefined ? undefined : resolveSeal(seal) };
}

// Deflate is what every Node reads that this package runs on.
function algorithmOf(compress: unknown): Algorithm | undefined {
  if (compress === 'zstd') {
    if (isAvailable('zstd')) return 'zstd';
    throw new InvalidOptionsError('compress', 'this Node has no zstd, 22.15 and 24 have: write true');
  }
  if (typeof compress !== 'boolean') throw new InvalidOptionsError('compress', "write true, false or 'zstd'");
  return compress ? 'deflate' : undefined;
}

function resolveSeal(seal: SealOptions): ResolvedSeal {
  assertRecord(seal, 'seal', EXAMPLE);
  assertKnown(seal, SEAL, 'seal.');
  const { keys, refresh = '1h', acceptUnsealed = false } = seal;
  assertFlag(acceptUnsealed, 'seal.acceptUnsealed');
  return {
    keys: typeof keys === 'function' ? keys : keySetOf(readSealKeys(keys, 'seal.keys')),
    refreshMs: durationMs(refresh, 'seal.refresh'),
    acceptUnsealed,
  };
}
