import type { ValueCodec } from '../codec/value-codec';
import type { DynamoCache } from '../engine/dynamo-cache';
import { KeyvAdapter, type KeyvEntry } from '../keyv/keyv-adapter';

/** The Keyv store behind `CACHE_MANAGER`: the engine, so that deadline, breaker and evictions hold here too. */
export class EngineKeyvStore extends KeyvAdapter {
  constructor(
    private readonly cache: DynamoCache,
    private readonly ttlMs: number,
    codec: ValueCodec,
  ) {
    super(codec);
  }

  protected findEntries(keys: readonly string[]): Promise<(KeyvEntry | undefined)[]> {
    return Promise.all(keys.map((key) => this.cache.getEntry(key)));
  }

  protected setEntry(key: string, bytes: Uint8Array, ttlMs = this.ttlMs): Promise<boolean> {
    return this.cache.setBytes(key, bytes, ttlMs);
  }

  protected evictEntry(key: string): Promise<boolean> {
    return this.cache.delete(key);
  }

  protected evictPrefix(prefix: string): Promise<void> {
    return this.cache.clear(prefix);
  }
}
