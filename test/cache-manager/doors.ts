import type { Cache } from 'cache-manager';
import { createCacheManager } from '../../lib/cache-manager/create-cache-manager';
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
  const { engine, store: storeOptions } = resolveOptions({
    client: testClient(),
    clock,
    timeout: '5s',
    logger: { warn: say, error: say },
    ...options,
  });
  const store = new DynamoStore(storeOptions);
  const cache = new DynamoCache(store, engine);
  const manager = await createCacheManager(cache, engine.ttlMs, engine.codec);
  return { clock, store, cache, manager, said };
}
