import type { Clock } from '../clock';
import type { Type } from '../codec/type-registry';
import type { ClientOption } from '../dynamodb/client';
import type { TableLayout } from '../dynamodb/layout';
import type { Duration } from '../duration';
import type { CacheLogger } from '../observability/logger';

/** When a sick DynamoDB is left alone. */
export interface BreakerOptions {
  /** Failures in a row after which nothing is sent. @default 5 */
  failures?: number;
  /** How long nothing is sent before one probe goes out. @default '10s' */
  cooldown?: Duration;
}

/** The options of `createDynamoCache` and of `DynamoCacheModule.forRoot`. */
export interface DynamoCacheOptions {
  /** The table's name. @default the environment's CACHE_TABLE, else `cache-<NODE_ENV>` */
  table?: string;
  /** A `DynamoDBClient`, which is never closed here, or the configuration of one. @default the SDK's default chain */
  client?: ClientOption;
  /** Creates the table at start-up when it does not exist, and switches TTL on; for development. @default false */
  createTable?: boolean;
  /** What the partition keys of this cache start with, so that several caches share a table. @default 'cache' */
  namespace?: string;
  /** Sets values apart from those of another version: change it when their shape changes. @default none */
  version?: string;
  /** How long a value is fresh unless a method says otherwise. @default '10m' */
  ttl?: Duration;
  /** The longest `ttl` there is; longer ones count as this. @default '30d' */
  maxTtl?: Duration;
  /** Whether a request reads each key at most once and remembers it until its end. @default true */
  requestScope?: boolean;
  /** Whether reads see every write acknowledged before them, in any process, at twice the price. @default false */
  consistentRead?: boolean;
  /** Budget of one operation against DynamoDB, retries included. @default '500ms' */
  timeout?: Duration;
  /** When a sick DynamoDB is left alone. @default `{ failures: 5, cooldown: '10s' }` */
  breaker?: BreakerOptions;
  /** How long a shutdown waits for loads and writes under way. @default '5s' */
  drainTimeout?: Duration;
  /** Classes whose instances are kept with their prototype, by their own enumerable properties. @default [] */
  types?: readonly Type[];
  /** The table's attribute names. @default `{ partitionKey: 'pk', value: 'v', ttl: 'ttl' }` */
  layout?: TableLayout;
  /** Where the cache says what it could not do. @default Nest's `Logger`, or the console */
  logger?: CacheLogger;
  /** The clocks; replaced in tests. @default the system's */
  clock?: Clock;
}
