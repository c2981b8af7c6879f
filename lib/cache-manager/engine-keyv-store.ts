import type { ValueCodec } from '../codec/value-codec';
import type { DynamoCache } from '../engine/dynamo-cache';
import { KeyvAdapter, type KeyvEntry, isEnvelope } from '../keyv/keyv-adapter';
import { lifetime } from './lifetime';

/** The Keyv store behind `CACHE_MANAGER`: the engine, so that deadline, breaker and evictions hold here too. */
export class EngineKeyvStore extends KeyvAdapter {
  constructor(
    private readonly cache: DynamoCache,
    codec: ValueCodec,
  ) {
    super(codec);
  }

  // By the cache's own `set`, which says in the log what cannot be kept. Nobody listens to this Keyv's errors.
  override async set(key: string, data: unknown, ttl?: number): Promise<boolean> {
    return isEnvelope(data) ? this.cache.set(key, data.value, lifetime(ttl)) : super.set(key, data, ttl);
  }

  // This Keyv has no serialiser: what another one wrote is decoded here.
  protected override textOf(): undefined {
    return undefined;
  }

  protected findEntries(keys: readonly string[]): Promise<(KeyvEntry | undefined)[]> {
    return Promise.all(keys.map((key) => this.cache.getEntry(key)));
  }

  protected setEntry(key: string, bytes: Uint8Array, ttlMs?: number): Promise<boolean> {
    return this.cache.setBytes(key, bytes, lifetime(ttlMs).ttl);
  }

  protected evictEntry(key: string): Promise<boolean> {
    return this.cache.delete(key);
  }

  protected evictPrefix(prefix: string): Promise<void> {
    return this.cache.clear(prefix);
  }
}
