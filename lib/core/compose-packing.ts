/** The packing of a cache, and where it says what it could not read. */
import { causeOf } from '../engine/cause';
import type { EngineOptions } from '../engine/engine-options';
import { labelOf } from '../engine/label';
import { InvalidOptionsError } from '../invalid-options-error';
import type { UndecodableReason } from '../observability/events';
import { OnceLog } from '../observability/logger';
import { Observer } from '../observability/observer';
import type { EntryStore } from '../tiers/entry-store';
import { FetchedKeys } from '../tiers/key-ring';
import { PackedStore } from '../tiers/packed-store';
import { EntryPacking, type SealingOptions } from '../tiers/packing';
import type { ResolvedSeal } from './packing-options';
import type { ResolvedOptions } from './resolve-options';

const UNDECODABLE: Record<UndecodableReason, string> = {
  'unknown-format': 'a newer release, a Node with zstd or another program wrote it',
  damaged: 'it is damaged',
  'too-large': 'it says that it is larger than what is ever compressed',
  'not-sealed': 'it is not sealed, and "seal" is on; `acceptUnsealed: true` reads such values, too',
  sealed: 'it is sealed, and "seal" is off',
  'unknown-key': 'it is sealed under a key that is not among "seal.keys"',
  'no-keys': 'the keys of "seal" are not there',
  'not-authentic': 'its seal does not hold: it was changed, or copied from another key or namespace',
  value: 'it cannot be decoded',
};

/** A store whose entries are packed as the options say. */
export function packed(
  store: EntryStore,
  { packing, engine, store: { layout } }: Pick<ResolvedOptions, 'packing' | 'engine' | 'store'>,
): EntryStore {
  const { clock } = engine;
  const log = new OnceLog(engine.logger);
  const observer = new Observer();
  const entryPacking = new EntryPacking({
    compress: packing.compress,
    seal: packing.seal && sealing(packing.seal, engine, observer, log),
    layout,
    clock,
  });
  return new PackedStore(store, entryPacking, (address, reason) => {
    const label = labelOf(address.slice(address.indexOf('#') + 1));
    observer.event(() => ({ type: 'undecodable', label, reason }));
    log.warn(`${reason}:${label}`, `A stored value of ${label} is loaded again: ${UNDECODABLE[reason]}.`);
  });
}

function sealing(
  { keys, refreshMs, acceptUnsealed }: ResolvedSeal,
  { clock, timeoutMs }: EngineOptions,
  observer: Observer,
  log: OnceLog,
): SealingOptions {
  if (typeof keys !== 'function') return { ring: { keys: () => keys }, acceptUnsealed };
  const failed = (error: unknown) => {
    observer.event(() => ({ type: 'error', operation: 'seal.keys', error }));
    // The message is the user's own, and may hold what it should not.
    const name = error instanceof InvalidOptionsError ? error.message : causeOf(error).name;
    log.error(
      'seal.keys',
      `The keys of "seal" were not fetched (${name}); until they are, nothing new is cached.`,
    );
  };
  // What is left of the budget is for the table.
  const waitMs = timeoutMs / 2;
  return { ring: new FetchedKeys({ fetch: keys, clock, refreshMs, waitMs, failed }), acceptUnsealed };
}
