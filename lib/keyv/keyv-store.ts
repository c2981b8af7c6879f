/**
 * A Keyv 5 storage adapter over a cache. Keyv hands over a text it serialised itself, or the object
 * `{ value, expires }` when it has no serialiser. A text is kept verbatim, marked as such, and handed back verbatim,
 * so that any serialiser works; an object is encoded by our codec. Entries that another door wrote are handed to Keyv
 * as objects, which it takes as they are.
 */
import { EventEmitter } from 'node:events';
import type { KeyvStoreAdapter, StoredData } from 'keyv';
import { keyvTextOf } from '../codec/keyv-text';
import type { ValueCodec } from '../codec/value-codec';
import type { DynamoCache } from '../engine/dynamo-cache';
import { InvalidOptionsError } from '../invalid-options-error';
import type { Entry } from '../tiers/entry';
import { lifetime } from './lifetime';

/** The pairs `setMany` takes. */
export interface KeyvPair {
  key: string;
  value: unknown;
  ttl?: number;
}

export interface KeyvSource {
  readonly cache: DynamoCache;
  readonly codec: ValueCodec;
  /** Whether the Keyv has a serialiser of its own, to which texts are handed back. */
  readonly serialises: boolean;
}

const AT_ONCE = 25;

export class KeyvStore extends EventEmitter implements KeyvStoreAdapter {
  /** Keyv reads `url` and `dialect`, and expects to find them. */
  readonly opts = { url: '', dialect: 'dynamodb' };

  /** Set by Keyv: what it puts, with a colon, before each of its keys. */
  namespace: string | undefined = undefined;

  /** @param source asked at the first use, so that a store which Keyv never sees makes no cache */
  constructor(private readonly source: () => KeyvSource) {
    super();
    // Every Keyv over this store listens for its errors.
    this.setMaxListeners(0);
  }

  /**
   * Asked for by keyv 6 alone, before anything else. It names keys differently and leaves namespaces to a store like
   * this one, so that two of them would share their keys; and cache-manager 7 never hits on it.
   *
   * @throws InvalidOptionsError
   */
  get capabilities(): never {
    throw new InvalidOptionsError(
      'store',
      'this is a store for keyv ^5, and the Keyv that was given it is newer: npm install keyv@5',
    );
  }

  async get<Value>(key: string): Promise<StoredData<Value> | undefined> {
    const entry = await this.source().cache.getEntry(key);
    return entry && this.toKeyv<Value>(entry);
  }

  async getMany<Value>(keys: string[]): Promise<StoredData<Value | undefined>[]> {
    return Promise.all(keys.map((key) => this.get<Value>(key)));
  }

  async set(key: string, value: unknown, ttl?: number): Promise<boolean> {
    const { cache, serialises } = this.source();
    // The cache's own `set` says in the log what cannot be kept; a Keyv with a serialiser is told by an error.
    if (!serialises && isEnvelope(value)) return cache.set(key, value.value, lifetime(ttl));
    return cache.setBytes(key, await this.encode(key, value), lifetime(ttl).ttl);
  }

  // Keyv 5 passes on what this resolves to and documents one boolean a pair, yet types it as void.
  async setMany(pairs: KeyvPair[]): Promise<void> {
    const results = await inGroups(pairs, ({ key, value, ttl }) => this.trySet(key, value, ttl));
    return results as unknown as undefined;
  }

  async delete(key: string): Promise<boolean> {
    return this.source().cache.delete(key);
  }

  /** Resolves to whether every key had a value. */
  async deleteMany(keys: string[]): Promise<boolean> {
    const existed = await inGroups(keys, (key) => this.delete(key));
    return existed.every(Boolean);
  }

  async has(key: string): Promise<boolean> {
    const [has = false] = await this.hasMany([key]);
    return has;
  }

  async hasMany(keys: string[]): Promise<boolean[]> {
    const { cache } = this.source();
    const entries = await Promise.all(keys.map((key) => cache.getEntry(key)));
    return entries.map((entry) => entry !== undefined);
  }

  /** Evicts what Keyv wrote under its namespace; without one, everything in the cache's own namespace. */
  async clear(): Promise<void> {
    const { cache } = this.source();
    await (this.namespace === undefined ? cache.clear() : cache.clearPrefix(`${this.namespace}:`));
  }

  async disconnect(): Promise<void> {
    await this.source().cache.close();
  }

  /** Emits what was the matter, for Keyv to pass on. An `error` that nobody listens to would be thrown. */
  protected tell(error: unknown): void {
    if (this.listenerCount('error') > 0) this.emit('error', error);
  }

  // Of many, one that cannot be kept must not take the others with it.
  private async trySet(key: string, value: unknown, ttl: number | undefined): Promise<boolean> {
    try {
      return await this.set(key, value, ttl);
    } catch (error) {
      this.tell(error);
      return false;
    }
  }

  // A value that cannot be kept must not leave the one it was to replace.
  private async encode(key: string, value: unknown): Promise<Uint8Array> {
    try {
      const { codec } = this.source();
      if (typeof value === 'string') return codec.encodeKeyvText(value);
      return codec.encode(isEnvelope(value) ? value.value : value);
    } catch (error) {
      await this.delete(key);
      throw error;
    }
  }

  // Undecodable bytes are a miss.
  private toKeyv<Value>({ bytes, endsAtMs }: Entry): StoredData<Value> | undefined {
    const { codec, serialises } = this.source();
    try {
      const text = serialises ? keyvTextOf(bytes) : undefined;
      // Typed as the value by Keyv, which then deserialises the text it gets.
      if (text !== undefined) return text as Value;
      return { value: codec.decode(bytes) as Value, expires: endsAtMs };
    } catch {
      return undefined;
    }
  }
}

function isEnvelope(data: unknown): data is { value: unknown } {
  return typeof data === 'object' && data !== null && 'value' in data;
}

/** Runs over all items, some at once, so that a long list neither floods the table nor takes a turn each. */
async function inGroups<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(start, start + AT_ONCE).map(run))));
  }
  return results;
}
