/** Own properties: what no built-in asks or sets. */
import { isArrayIndex } from './shapes';

/** Own, but not enumerable. */
export function isHidden(object: object, key: string): boolean {
  return Object.hasOwn(object, key) && !isEnumerable(object, key);
}

export function isEnumerable(object: object, key: PropertyKey): boolean {
  return Object.prototype.propertyIsEnumerable.call(object, key);
}

/** Whether these are all the keys of an array of that length: no holes, nothing extra. */
export function isDense(length: number, keys: readonly string[]): boolean {
  // Index keys come first, so a last key of length - 1 at that very place is enough.
  return keys.length === length && (length === 0 || keys[length - 1] === String(length - 1));
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

// Defined, never assigned: assignment would run setters and refuse `__proto__`.
export function define(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

export function defineHidden(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: false, configurable: true });
}

export function createBare(): Record<string, unknown> {
  return Object.create(null) as Record<string, unknown>;
}
