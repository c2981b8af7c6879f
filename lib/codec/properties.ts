/** Questions about own properties that no built-in answers. */
import { isArrayIndex } from './shapes';

/** Own, but not enumerable. */
export function isHidden(object: object, key: string): boolean {
  return Object.hasOwn(object, key) && !isEnumerable(object, key);
}

export function isEnumerable(object: object, key: PropertyKey): boolean {
  return Object.prototype.propertyIsEnumerable.call(object, key);
}

/** The keys of an array: those of elements, which the language lists first, and those of properties added to it. */
export function splitKeys(keys: readonly string[]): {
  indexes: readonly string[];
  extras: readonly string[];
} {
  const firstExtra = keys.findIndex((key) => !isArrayIndex(key));
  if (firstExtra < 0) return { indexes: keys, extras: [] };
  return { indexes: keys.slice(0, firstExtra), extras: keys.slice(firstExtra) };
}
