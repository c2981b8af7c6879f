/**
 * What happens in a cache, published on Node's diagnostics channel of this name. Without a subscriber nothing is built
 * or sent. `label` is the method's or function's name, else the key without its arguments; values are never in it.
 */
import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';

/**
 * The name of the diagnostics channel.
 *
 * @example
 * import { subscribe } from 'node:diagnostics_channel';
 * subscribe(EVENTS_CHANNEL, (event) => console.log(event));
 */
export const EVENTS_CHANNEL = 'nestjs-dynamo-cache';

/**
 * Why a stored value was not served. `unknown-format`: a newer release's, zstd's where Node has none, or damage;
 * `damaged`; `too-large` once decompressed; `not-sealed` where `seal` is on; `sealed` where it is off; `unknown-key`, of
 * none in the ring; `no-keys`, which could not be fetched; `not-authentic`, changed or copied from another key; `value`,
 * unpacked, and no value that can be decoded.
 */
export type UndecodableReason =
  | 'unknown-format'
  | 'damaged'
  | 'too-large'
  | 'not-sealed'
  | 'sealed'
  | 'unknown-key'
  | 'no-keys'
  | 'not-authentic'
  | 'value';

/** What an `onCacheEvent` listener is told. `durationMs` is of the loader; `bytes` are those stored. */
export type CacheEvent =
  | { readonly type: 'hit'; readonly label: string; readonly source: 'scope' | 'memory' | 'table' }
  | {
      readonly type: 'stale';
      readonly label: string;
      readonly reason: 'revalidate' | 'error' | 'slow' | 'lease';
    }
  | { readonly type: 'miss'; readonly label: string }
  | { readonly type: 'join'; readonly label: string }
  | { readonly type: 'load'; readonly label: string; readonly durationMs: number; readonly failed: boolean }
  | { readonly type: 'fill'; readonly label: string; readonly bytes: number }
  | { readonly type: 'fill-dropped'; readonly label: string }
  | { readonly type: 'uncacheable'; readonly label: string }
  | { readonly type: 'undecodable'; readonly label: string; readonly reason: UndecodableReason }
  | { readonly type: 'evict'; readonly label: string }
  | { readonly type: 'evict-lost'; readonly label: string; readonly willRetry: boolean }
  | { readonly type: 'lease'; readonly label: string; readonly outcome: 'taken' | 'lost' }
  | { readonly type: 'error'; readonly operation: string; readonly error: unknown }
  | { readonly type: 'coherence'; readonly state: 'following' | 'lost' }
  | { readonly type: 'breaker'; readonly state: 'open' | 'half-open' | 'closed' };

const events = channel(EVENTS_CHANNEL);

export function hasSubscribers(): boolean {
  return events.hasSubscribers;
}

export function publish(event: CacheEvent): void {
  events.publish(event);
}

/**
 * Calls back for every event of every cache in this process.
 *
 * @returns stops it
 * @example
 * const stop = onCacheEvent((event) => {
 *   if (event.type === 'error') console.warn(event.operation, event.error);
 * });
 */
export function onCacheEvent(listener: (event: CacheEvent) => void): () => void {
  const receive = (message: unknown) => {
    listener(message as CacheEvent);
  };
  subscribe(EVENTS_CHANNEL, receive);
  return () => {
    unsubscribe(EVENTS_CHANNEL, receive);
  };
}
