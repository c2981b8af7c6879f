import { TableStore } from '../dynamodb/table-store';
import { DynamoCache } from '../engine/dynamo-cache';
import { composeStore } from './compose-store';
import type { DynamoCacheOptions } from './options';
import { resolveOptions } from './resolve-options';

/**
 * A cache without Nest, by the same options as `DynamoCacheModule.forRoot`. Nothing is sent before the first call.
 *
 * @throws InvalidOptionsError when an option cannot work, with what to write instead
 * @example
 * const cache = createDynamoCache({ table: 'cache-prod', ttl: '10m' });
 * const menu = await cache.getOrLoad('menu:7', () => loadMenu(7));
 */
export function createDynamoCache(options: DynamoCacheOptions = {}): DynamoCache {
  const resolved = resolveOptions(options);
  return new DynamoCache(composeStore(new TableStore(resolved.store), resolved), resolved.engine);
}
