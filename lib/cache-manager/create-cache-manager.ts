import type { Cache } from 'cache-manager';
import type { ValueCodec } from '../codec/value-codec';
import type { DynamoCache } from '../engine/dynamo-cache';
import { KeyvStore } from '../keyv/keyv-store';
import { wrapBy } from './wrap';

/**
 * A cache-manager `Cache` over the same items. Keyv adds no prefix and no serialiser here, so a key is the same key
 * through every door and values keep their types.
 */
export async function createCacheManager(
  cache: DynamoCache,
  ttlMs: number,
  codec: ValueCodec,
): Promise<Cache> {
  const [{ createCache }, { Keyv }] = await Promise.all([import('cache-manager'), import('keyv')]);
  const store = new KeyvStore(() => ({ cache, codec, serialises: false }));
  const keyv = new Keyv({ store, useKeyPrefix: false });
  keyv.serialize = undefined;
  keyv.deserialize = undefined;
  keyv.namespace = undefined;
  const manager = createCache({ stores: [keyv], ttl: ttlMs });
  return { ...manager, wrap: wrapBy(cache, manager) };
}
