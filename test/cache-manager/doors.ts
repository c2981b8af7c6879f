import type { Cache } from 'cache-manager';
import { createCacheManager } from '../../lib/cache-manager/create-cache-manager';
import { composeStore } from '../../lib/core/compose-store';
import type { DynamoCacheOptions } from '../../lib/core/options';
import { resolveOptions } from '../../lib/core/resolve-options';
import { DynamoStore } from '../../lib/core/dynamo-store';
import { DynamoCache } from '../../lib/engine/dynamo-cache';
import { ManualClock } from '../../lib/testing';
import { testClient } from '../support/dynamodb';

export interface Doors {
  readonly clock: ManualClock;
  readonly store: DynamoStore;
  readonly cache: DynamoCache;
  /** What is injected as CACHE_MANAGER. */
  readonly manager: Cache;
  /** What the cache has said. */
  readonly said: string[];
}

/** Three doors of one table, as DynamoCacheModule opens them. */
export async function openDoors(options: DynamoCacheOptions): Promise<Doors> {
  const clock = new ManualClock();
  const said: string[] = [];
  const say = (message: string) => void said.push(message);
  const chosen: DynamoCacheOptions = {
    client: testClient(),
    clock,
    timeout: '5s',
    logger: { warn: say, error: say },
    ...options,
  };
  const resolved = resolveOptions(chosen);
  const { codec, policy } = resolved.engine;
  const store = new DynamoStore(chosen);
  const cache = new DynamoCache(composeStore(store, resolved), resolved.engine);
  const manager = await createCacheManager(cache, policy.ttlMs, codec);
  return { clock, store, cache, manager, said };
}
