import type { DynamoCache } from '../engine/dynamo-cache';
import { NotDataError } from '../key/not-data-error';

/**
 * What a decorator was to evict or put cannot be worked out, because what the user wrote for it failed. The method has
 * succeeded all the same, so that is said once, and thrown only where lost evictions are.
 *
 * @param option which of the decorator's options it was
 */
export function reportLost(cache: DynamoCache, place: string, option: string, error: unknown): void {
  if (cache.isStrict) throw error;
  // Other messages may hold values.
  const why = error instanceof NotDataError ? ` ${error.message}` : '';
  cache.log.error(
    `lost:${place}:${option}`,
    `A call of ${place} did not evict what its "${option}" says, because that, or the namespace function, failed.${why} ` +
      'The old value is served until it ends.',
  );
}

/** How the log calls a method: never with its arguments. */
export function placeOf(instance: object, propertyKey: string | symbol): string {
  return `${instance.constructor.name}.${String(propertyKey)}`;
}
