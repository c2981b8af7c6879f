/** What deepStrictEqual does not look at: kinds of bytes, signs of zero, holes, order of keys, hidden error state. */
import { types } from 'node:util';

export const INVALID_DATE = 'an invalid date';

export function deepState(value: unknown, seen = new Map<object, number>()): unknown {
  if (Object.is(value, -0)) return 'minus zero';
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number' || typeof value === 'undefined') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  const index = seen.get(value);
  if (index !== undefined) return { same: index };
  seen.set(value, seen.size);
  const within = (inner: unknown) => deepState(inner, seen);
  const prototype = Object.getPrototypeOf(value) as object | null;
  const owner = prototype === null ? null : (prototype as { constructor: { name: string } }).constructor.name;
  const state: unknown[] = [owner, Object.prototype.toString.call(value)];
  if (types.isMap(value)) state.push([...value].map(([k, v]) => [within(k), within(v)]));
  if (types.isSet(value)) state.push([...value].map(within));
  if (types.isDate(value)) state.push(Number.isNaN(value.getTime()) ? INVALID_DATE : value.getTime());
  if (types.isRegExp(value)) state.push(value.source, value.flags, value.lastIndex);
  if (Array.isArray(value)) state.push(value.length);
  if (ArrayBuffer.isView(value)) {
    state.push(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex'));
    return state;
  }
  if (types.isAnyArrayBuffer(value)) state.push(Buffer.from(value as ArrayBuffer).toString('hex'));
  if (types.isBoxedPrimitive(value)) state.push(within((value as { valueOf(): unknown }).valueOf()));
  const names = types.isNativeError(value) ? Object.getOwnPropertyNames(value).sort() : Object.keys(value);
  for (const name of names) {
    const isEnumerable = Object.prototype.propertyIsEnumerable.call(value, name);
    state.push([name, isEnumerable, within((value as Record<string, unknown>)[name])]);
  }
  return state;
}
