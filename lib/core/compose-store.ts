import { StoreGuard } from '../engine/store-guard';
import { OnceLog } from '../observability/logger';
import { Observer } from '../observability/observer';
import type { EntryStore } from '../tiers/entry-store';
import { KeyvTier } from '../tiers/keyv-tier';
import { TieredStore } from '../tiers/tiered-store';
import type { ResolvedOptions } from './resolve-options';

/** Puts the tiers in front of the table, each under a deadline and a breaker of its own. */
export function composeStore(
  table: EntryStore,
  { tiers, engine }: Pick<ResolvedOptions, 'tiers' | 'engine'>,
): EntryStore {
  if (tiers.length === 0) return table;
  const log = new OnceLog(engine.logger);
  const keyvTiers = tiers.map(({ keyv, ttlMs, timeoutMs }, i) => {
    const guard = new StoreGuard({ timeoutMs, ...engine.breaker, clock: engine.clock }, new Observer(), log);
    return new KeyvTier(keyv, ttlMs, (name, operation) => guard.run(`${name} of tier ${i + 1}`, operation));
  });
  return new TieredStore(keyvTiers, table);
}
