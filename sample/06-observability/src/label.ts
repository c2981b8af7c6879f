import type { CacheEvent } from 'nestjs-dynamo-cache';

/**
 * The method an event is about, for the label of a metric. Evictions are counted without one: theirs names the tag, and
 * a tag such as `station:Zoo` would make a time series of its own for each station.
 */
export function methodOf(event: CacheEvent): string {
  switch (event.type) {
    case 'evict':
    case 'evict-lost':
    case 'breaker':
    case 'coherence':
      return '';
    case 'error':
      return event.operation;
    default:
      return event.label;
  }
}
