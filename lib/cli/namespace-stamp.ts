import { packTombstone } from '../dynamodb/item';
import { NAMESPACE_STAMP } from '../key/addresses';
import { type Version, newTombstone } from '../tiers/entry';
import { addressesOf } from './address';
import type { TableConnection } from './connection';

// Stamps outlive every entry: two years are more than any `maxTtl` that makes sense.
const STAMP_LIFE_MS = 2 * 365 * 24 * 60 * 60 * 1_000;

/**
 * Makes every value of a namespace invalid that was loaded before this, as `clear()` does.
 *
 * @returns the namespace's new generation
 */
export async function stampNamespace(connection: TableConnection, space: string): Promise<Version> {
  const table = await connection.table();
  const address = addressesOf(space).stamp(NAMESPACE_STAMP);
  const nowMs = Date.now();
  let generation: Version = '';
  const item = () => {
    // A new one for each attempt: one that was sent before may have been overwritten meanwhile.
    const stamp = { ...newTombstone(nowMs), endsAtMs: nowMs + STAMP_LIFE_MS };
    generation = stamp.version;
    return packTombstone(address, stamp, table.layout);
  };
  await table.put(item, AbortSignal.timeout(STAMP_MS), undefined);
  return generation;
}

const STAMP_MS = 30_000;
