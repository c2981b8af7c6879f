import { StoreGuard } from '../engine/store-guard';
import { OnceLog } from '../observability/logger';
import { type CacheEvent, hasSubscribers, publish } from '../observability/events';
import { Observer } from '../observability/observer';
import type { EntryStore } from '../tiers/entry-store';
import { KeyvTier } from '../tiers/keyv-tier';
import { TieredStore } from '../tiers/tiered-store';
import { packed } from './compose-packing';
import type { ResolvedOptions } from './resolve-options';

/** Tells of a tier's errors, and not of its breaker: who watches that one watches the table's. */
class TierObserver extends Observer {
  override event(build: () => CacheEvent): void {
    if (!hasSubscribers()) return;
    const event = build();
    if (event.type !== 'breaker') publish(event);
  }
}

type Composed = Pick<ResolvedOptions, 'tiers' | 'engine' | 'store' | 'packing'>;

/** Puts the tiers in front of the table, and the packing in front of them all: none of them sees a value in clear. */
export function composeStore(table: EntryStore, options: Composed): EntryStore {
  return packed(withTiers(table, options), options);
}

/** Each tier is under a deadline and a breaker of its own. */
function withTiers(
  table: EntryStore,
  { tiers, engine, store }: Pick<Composed, 'tiers' | 'engine' | 'store'>,
): EntryStore {
  if (tiers.length === 0) return table;
  const { breaker, clock } = engine;
  const otherwise = 'the next tier or the table is asked. Said once until it answers again.';
  const keyvTiers = tiers.map(({ keyv, ttlMs, timeoutMs }, i) => {
    // A log of its own: what one of them has said is forgotten when that one is well again.
    const log = new OnceLog(engine.logger);
    const guard = new StoreGuard({ timeoutMs, ...breaker, clock, otherwise }, new TierObserver(), log);
    return new KeyvTier({
      keyv,
      ttlMs,
      prefix: store.table,
      clock,
      guarded: (name, operation) => guard.run(`${name} of tier ${i + 1}`, operation),
    });
  });
  return new TieredStore(keyvTiers, table, clock);
}
