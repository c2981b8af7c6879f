/**
 * JSON of anything a cache can hold, for people and scripts: dates as ISO texts, bytes as base64, maps as objects or lists
 * of pairs, sets as lists, bigints and what is no JSON number as texts. It says what is there; it cannot be read back.
 */
import { types } from 'node:util';

export function jsonOf(value: unknown, indent?: number): string {
  return JSON.stringify(plain(value, []), undefined, indent);
}

function plain(value: unknown, ancestors: readonly object[]): unknown {
  switch (typeof value) {
    case 'bigint':
      return String(value);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'undefined':
      return null;
    case 'function':
    case 'symbol':
      return String(value);
    case 'object':
      return value === null ? null : container(value, ancestors);
    default:
      return value;
  }
}

function container(value: object, above: readonly object[]): unknown {
  if (above.includes(value)) return '[circular]';
  const ancestors = [...above, value];
  const inner = (content: unknown) => plain(content, ancestors);
  if (types.isDate(value)) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (ArrayBuffer.isView(value))
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  if (types.isAnyArrayBuffer(value)) return Buffer.from(value).toString('base64');
  if (types.isSet(value)) return [...value].map(inner);
  if (types.isMap(value)) return mapOf(value, inner);
  if (types.isRegExp(value)) return String(value);
  if (types.isNativeError(value))
    return { name: value.name, message: value.message, ...properties(value, inner) };
  if (types.isBoxedPrimitive(value)) return inner(value.valueOf());
  return Array.isArray(value) ? value.map(inner) : properties(value, inner);
}

function mapOf(map: Map<unknown, unknown>, inner: (content: unknown) => unknown): unknown {
  const pairs = [...map].map(([key, content]) => [inner(key), inner(content)] as const);
  return [...map.keys()].every((key) => typeof key === 'string') ? object(pairs) : pairs;
}

function properties(value: object, inner: (content: unknown) => unknown): object {
  return object(Object.entries(value).map(([key, content]) => [key, inner(content)] as const));
}

// `fromEntries` defines properties, so that one called __proto__ is just a property.
function object(pairs: readonly (readonly [unknown, unknown])[]): object {
  return Object.fromEntries(pairs as [string, unknown][]);
}
