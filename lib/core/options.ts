import type { Clock } from '../clock';
import type { CustomType } from '../codec/custom-type';
import type { Type } from '../codec/type-registry';
import type { ClientOption } from '../dynamodb/client';
import type { LayoutPreset, TableLayout } from '../dynamodb/layout';
import type { Duration } from '../duration';
import type { WaitUntil } from '../engine/background';
import type { LoaderTimeout, StaleIfError } from '../engine/call-options';
import type { KeyvLike } from '../tiers/keyv-tier';
import type { CacheLogger } from '../observability/logger';
import type { SealOptions } from './packing-options';

/** When a sick DynamoDB is left alone. */
export interface BreakerOptions {
  /** Failures in a row after which nothing is sent. @default 5 */
  failures?: number;
  /** How long nothing is sent before one probe goes out. @default '10s' */
  cooldown?: Duration;
}

/** Values in this process's memory, besides the table. */
export interface MemoryOptions {
  /** How many values. @default 1000 */
  max?: number;
  /** How many encoded bytes in all. @default 67108864 (64 MB) */
  maxBytes?: number;
  /** How long at most; other processes' evictions are seen no later than this. @default '5s' */
  ttl?: Duration;
  /**
   * Whether each caller gets a copy of its own; false hands out one object, and one promise of it, for values nobody
   * changes. @default true
   */
  isolate?: boolean;
}

/** A Keyv store between the memory and the table. */
export interface TierOptions {
  /** The Keyv instance, such as one over @keyv/redis. */
  keyv: KeyvLike;
  /** How long at most it repeats what the table said; other processes' evictions are seen no later. @default '30s' */
  ttl?: Duration;
  /**
   * Budget of one operation; when it runs out, the next tier is asked. Those of all tiers together must be shorter than the
   * cache's `timeout`, and should be well below it, as the table has to fit into it as well.
   * @default '100ms'
   */
  timeout?: Duration;
}

/** The options of `createDynamoCache` and of `DynamoCacheModule.forRoot`. */
export interface DynamoCacheOptions {
  /** The table's name. @default the environment's CACHE_TABLE, else `cache-<NODE_ENV>` */
  table?: string;
  /** A `DynamoDBClient`, which is never closed here, or the configuration of one. @default the SDK's default chain */
  client?: ClientOption;
  /** Creates the table at start-up when it does not exist, and switches TTL on; for development. @default false */
  createTable?: boolean;
  /**
   * What the partition keys of this cache start with, so that several caches share a table. A function is asked at
   * every call, for applications with tenants; a call for which it throws is not cached.
   * @default 'cache'
   */
  namespace?: string | (() => string);
  /** Sets values apart from those of another version: change it when their shape changes. @default none */
  version?: string;
  /** How long a value is fresh unless a method says otherwise. @default '10m' */
  ttl?: Duration;
  /** The longest `ttl` there is; longer ones count as this. @default '30d' */
  maxTtl?: Duration;
  /** How long past its life a value is served while one refresh runs behind it (RFC 5861). @default none */
  staleWhileRevalidate?: Duration | false;
  /**
   * How long past its life a value stands in for a failing loader (RFC 5861); `{ for: '1d', when: (error) => … }` also
   * says for which errors. @default none
   */
  staleIfError?: Duration | false | (StaleIfError & { for: Duration });
  /** The spent share of a life, 0 to 1, from which a hit refreshes in the background. @default never */
  refreshAhead?: number | false;
  /** The share of a life, 0 to 1, that chance may take off, so that values do not all end at once. @default none */
  jitter?: number | false;
  /** Whether the whole fleet loads a key once at a time; a duration is the longest a lease is held. @default false */
  lease?: boolean | Duration;
  /** How long loaders may take. @default unlimited */
  loaderTimeout?: LoaderTimeout;
  /**
   * Whether an eviction that did not reach the table is thrown; it is tried again anyway. What start-up finds that cannot
   * do what was meant, such as decorators in a wrong order, is an error instead of a warning, too.
   * @default false
   */
  strict?: boolean;
  /** Keeps values in this process's memory for a moment, too. @default off */
  memory?: MemoryOptions | boolean;
  /**
   * Keyv stores, Redis for example, that are asked before the table, the nearest first. Not with `consistentRead`.
   * @default none
   */
  tiers?: readonly (KeyvLike | TierOptions)[];
  /**
   * How memory learns of other processes' evictions: `'stream'` follows the table's own DynamoDB stream, so that
   * `memory.ttl` may be long. Needs `memory`, a stream on the table (KEYS_ONLY is enough) and the package
   * `@aws-sdk/client-dynamodb-streams`. One request a second for each shard and process: for a few processes; a larger
   * fleet subscribes one Lambda, see `streamHandler`.
   * @default none
   */
  coherence?: 'stream';
  /** Keeps a serverless process alive for work behind an answer: Vercel's `waitUntil`, Next's `after`. @default none */
  waitUntil?: WaitUntil;
  /** Whether a request reads each key at most once and remembers it until its end. @default true */
  requestScope?: boolean;
  /** Whether reads see every write acknowledged before them, in any process, at twice the price. @default false */
  consistentRead?: boolean;
  /**
   * Whether keys that are asked for in the same turn of the event loop are read by one BatchGetItem, 100 at a time; false
   * reads each by a GetItem of its own. Values in chunks are read and written in batches either way.
   * @default true
   */
  batch?: boolean;
  /** Budget of one operation against DynamoDB, retries included. @default '500ms' */
  timeout?: Duration;
  /** When a sick DynamoDB is left alone. @default `{ failures: 5, cooldown: '10s' }` */
  breaker?: BreakerOptions;
  /** How long a shutdown waits for loads and writes under way. @default '5s' */
  drainTimeout?: Duration;
  /**
   * Classes whose instances are kept with their prototype, by their own enumerable properties, or as a `customType` says.
   * @default []
   */
  types?: readonly (Type | CustomType)[];
  /**
   * `'json'` keeps values as plain JSON in a String attribute, for programs in other languages that read and write the
   * same items. What JSON cannot carry exactly is not cached; docs/tables.md says what that is.
   * @default 'structured'
   */
  codec?: 'structured' | 'json';
  /**
   * Compresses values where that saves a write unit of DynamoDB; `'zstd'` only where every reader's Node has it (22.15,
   * 23.8 or newer). Whatever is written here, compressed values are read. Off with `codec: 'json'`. @default true
   */
  compress?: boolean | 'zstd';
  /** Seals values with AES-256-GCM, so that who reads the table does not read them. Keys stay in clear. @default off */
  seal?: SealOptions;
  /**
   * How many items a value may take: one that does not fit into one item of 390 KB is kept in several, which by default
   * hold 16 MB. 1 keeps such values out, as `codec: 'json'` does. Large values want a longer `timeout`.
   * @default 43
   */
  maxChunks?: number;
  /** The table's attribute names, or a preset. @default `{ partitionKey: 'pk', value: 'v', ttl: 'ttl' }` */
  layout?: LayoutPreset | TableLayout;
  /** Whether DynamoDB is asked what each request cost, for `stats()`; otherwise it is reckoned by the sizes. @default false */
  trackCapacity?: boolean;
  /** Where the cache says what it could not do. @default Nest's `Logger`, or the console */
  logger?: CacheLogger;
  /** The clocks; replaced in tests. @default the system's */
  clock?: Clock;
}
