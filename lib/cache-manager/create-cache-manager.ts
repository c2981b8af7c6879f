import type { Cache } from 'cache-manager';
import { KeyvStore, type KeyvSource } from '../keyv/keyv-store';

/**
 * A cache-manager `Cache` over the same items. Keyv adds no prefix and no serialiser here, so a key is the same key
 * through every door and values keep their types.
 */
export async function createCacheManager(source: KeyvSource): Promise<Cache> {
  const [{ createCache }, { Keyv }] = await Promise.all([import('cache-manager'), import('keyv')]);
  const keyv = new Keyv({ store: new KeyvStore(() => source), useKeyPrefix: false });
  keyv.serialize = undefined;
  keyv.deserialize = undefined;
  keyv.namespace = undefined;
  return createCache({ stores: [keyv], ttl: source.ttlMs });
}
