/**
 * A Keyv 5 storage adapter over entries. Keyv hands over a text it serialised itself, or the object
 * `{ value, expires }` when it has no serialiser. A text is kept verbatim, marked as such, and handed back verbatim,
 * so that any serialiser works; an object is encoded by our codec. Entries that another door wrote are handed to Keyv
 * as objects, which it takes as they are. A read that fails finds nothing and is emitted as an error, because Keyv keeps
 * quiet about a failed `get` and lets a failed `getMany` or `has` through to the caller; a failed write is thrown, which
 * makes Keyv emit it and answer false.
 */
import { EventEmitter } from 'node:events';
import type { KeyvStoreAdapter, StoredData } from 'keyv';
import { encodeKeyvText, keyvTextOf } from '../codec/keyv-text';
import type { ValueCodec } from '../codec/value-codec';
import { InvalidOptionsError } from '../invalid-options-error';

/** The part of an entry that Keyv sees. */
export interface KeyvEntry {
  readonly bytes: Uint8Array;
  readonly endsAtMs: number;
}

/** The pairs `setMany` takes. */
export interface KeyvPair {
  key: string;
  value: unknown;
  ttl?: number;
}

const AT_ONCE = 25;

export abstract class KeyvAdapter extends EventEmitter implements KeyvStoreAdapter {
  /** Keyv reads `url` and `dialect`, and expects to find them. */
  readonly opts = { url: '', dialect: 'dynamodb' };

  /** Set by Keyv: what it puts, with a colon, before each of its keys. */
  namespace: string | undefined = undefined;

  protected constructor(private readonly keyvCodec: ValueCodec) {
    super();
    // Every Keyv over this store listens for its errors.
    this.setMaxListeners(0);
  }

  /** The entries to serve, in the order of the keys. */
  protected abstract findEntries(keys: readonly string[]): Promise<(KeyvEntry | undefined)[]>;
  /** Resolves to whether the value stands in the table now. */
  protected abstract setEntry(key: string, bytes: Uint8Array, ttlMs: number | undefined): Promise<boolean>;
  protected abstract evictEntry(key: string): Promise<boolean>;
  protected abstract evictPrefix(prefix: string): Promise<void>;

  async get<Value>(key: string): Promise<StoredData<Value> | undefined> {
    const [entry] = await this.find([key]);
    return entry && this.toKeyv<Value>(entry);
  }

  async getMany<Value>(keys: string[]): Promise<StoredData<Value | undefined>[]> {
    const entries = await this.find(keys);
    return entries.map((entry) => entry && this.toKeyv<Value>(entry));
  }

  async set(key: string, value: unknown, ttl?: number): Promise<boolean> {
    const bytes = await this.encode(key, value);
    // Keyv passes on any number it was given.
    return this.setEntry(key, bytes, Number.isFinite(ttl) ? ttl : undefined);
  }

  // Keyv 5 passes on what this resolves to and documents one boolean a pair, yet types it as void.
  async setMany(pairs: KeyvPair[]): Promise<void> {
    const results = await inGroups(pairs, ({ key, value, ttl }) =>
      this.attempt(() => this.set(key, value, ttl)),
    );
    return results as unknown as undefined;
  }

  async delete(key: string): Promise<boolean> {
    return this.evictEntry(key);
  }

  /** Resolves to whether every key had a value. */
  async deleteMany(keys: string[]): Promise<boolean> {
    const existed = await inGroups(keys, (key) => this.attempt(() => this.evictEntry(key)));
    return existed.every(Boolean);
  }

  async has(key: string): Promise<boolean> {
    const [has = false] = await this.hasMany([key]);
    return has;
  }

  async hasMany(keys: string[]): Promise<boolean[]> {
    const entries = await this.find(keys);
    return entries.map((entry) => entry !== undefined);
  }

  /** Evicts what Keyv wrote under its namespace; without one, everything in the cache's own namespace. */
  async clear(): Promise<void> {
    await this.evictPrefix(this.namespace === undefined ? '' : `${this.namespace}:`);
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

  /** The text to hand back verbatim, for the Keyv that has its serialiser. */
  protected textOf(bytes: Uint8Array): string | undefined {
    return keyvTextOf(bytes);
  }

  private async find(keys: readonly string[]): Promise<(KeyvEntry | undefined)[]> {
    try {
      return await this.findEntries(keys);
    } catch (error) {
      this.report(error);
      return keys.map(() => undefined);
    }
  }

  // One of many that fails does not keep the others from being tried.
  private async attempt(write: () => Promise<boolean>): Promise<boolean> {
    try {
      return await write();
    } catch (error) {
      this.report(error);
      return false;
    }
  }

  // Without a listener, Node's emitter would throw it.
  private report(error: unknown): void {
    if (this.listenerCount('error') > 0) this.emit('error', error);
  }

  // A value that cannot be kept must not leave the one it was to replace.
  private async encode(key: string, value: unknown): Promise<Uint8Array> {
    try {
      if (typeof value === 'string') return encodeKeyvText(value);
      return this.keyvCodec.encode(isEnvelope(value) ? value.value : value);
    } catch (error) {
      await this.evictEntry(key);
      throw error;
    }
  }

  // Undecodable bytes are a miss.
  private toKeyv<Value>({ bytes, endsAtMs }: KeyvEntry): StoredData<Value> | undefined {
    try {
      const text = this.textOf(bytes);
      // Typed as the value by Keyv, which then deserialises the text it gets.
      if (text !== undefined) return text as Value;
      return { value: this.keyvCodec.decode(bytes) as Value, expires: endsAtMs };
    } catch {
      return undefined;
    }
  }
}

/** What Keyv hands over when it has no serialiser. */
export function isEnvelope(data: unknown): data is { value: unknown } {
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
