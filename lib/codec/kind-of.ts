/**
 * Tells what a value is as data. Keys and the codec both stand on it, so that what can be an argument and what can be
 * a result are judged by one rule.
 *
 * A built-in counts only with its own prototype: a class that extends Map is an `instance`, because a copy made as a
 * plain Map would lose the class. Built-ins of another realm (a Jest or vm context) count as this realm's.
 */
import { types } from 'node:util';

export type Kind =
  | 'undefined'
  | 'null'
  | 'boolean'
  | 'number'
  | 'bigint'
  | 'string'
  | 'symbol'
  | 'function'
  | 'array'
  | 'object'
  | 'null-object'
  | 'date'
  | 'regexp'
  | 'map'
  | 'set'
  | 'buffer'
  | 'typed-array'
  | 'data-view'
  | 'array-buffer'
  | 'error'
  | 'boxed'
  | 'instance';

export function kindOf(value: unknown): Kind {
  switch (typeof value) {
    case 'object':
      return value === null ? 'null' : kindOfObject(value);
    case 'undefined':
    case 'boolean':
    case 'number':
    case 'bigint':
    case 'string':
    case 'symbol':
    case 'function':
      return typeof value;
  }
}

function kindOfObject(value: object): Kind {
  // Before anything else: every other question would run the traps of a Proxy.
  if (types.isProxy(value)) return 'instance';
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === Object.prototype) return 'object';
  if (prototype === null) return 'null-object';
  return Array.isArray(value) ? kindOfArray(prototype) : kindOfBuiltIn(value, prototype);
}

function kindOfArray(prototype: object): Kind {
  return prototype === Array.prototype || builtInNameOf(prototype) === 'Array' ? 'array' : 'instance';
}

function kindOfBuiltIn(value: object, prototype: object): Kind {
  const name = builtInNameOf(prototype);
  if (name === '') return 'instance';
  if (types.isDate(value)) return name === 'Date' ? 'date' : 'instance';
  if (types.isMap(value)) return name === 'Map' ? 'map' : 'instance';
  if (types.isSet(value)) return name === 'Set' ? 'set' : 'instance';
  if (types.isRegExp(value)) return name === 'RegExp' ? 'regexp' : 'instance';
  if (ArrayBuffer.isView(value)) return kindOfView(value, name);
  if (types.isArrayBuffer(value)) return name === 'ArrayBuffer' ? 'array-buffer' : 'instance';
  if (types.isNativeError(value)) return ERRORS.has(name) ? 'error' : 'instance';
  if (types.isBoxedPrimitive(value)) return BOXES.has(name) ? 'boxed' : 'instance';
  return name === 'Object' && Object.getPrototypeOf(prototype) === null ? 'object' : 'instance';
}

function kindOfView(view: ArrayBufferView, name: string): Kind {
  if (name === 'Buffer') return types.isUint8Array(view) ? 'buffer' : 'instance';
  if (types.isDataView(view)) return name === 'DataView' ? 'data-view' : 'instance';
  return TYPED_ARRAYS.has(name) && nameOfTypedArray.call(view) === name ? 'typed-array' : 'instance';
}

const names = new WeakMap<object, string>();

/** The name of the built-in (of any realm) that owns a prototype, or '' when a class owns it. */
export function builtInNameOf(prototype: object): string {
  let name = names.get(prototype);
  if (name === undefined) {
    name = readBuiltInName(prototype);
    names.set(prototype, name);
  }
  return name;
}

/** Whether this is the prototype of a built-in that is data as it is, and needs no class to be named. */
export function isKeptBuiltIn(prototype: object): boolean {
  const name = builtInNameOf(prototype);
  return CONTAINERS.has(name) || ERRORS.has(name) || BOXES.has(name) || TYPED_ARRAYS.has(name);
}

function readBuiltInName(prototype: object): string {
  const constructor = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value as unknown;
  if (typeof constructor !== 'function') return '';
  if (constructor === Buffer) return 'Buffer';
  // An object that merely borrows a built-in as its `constructor` is not that built-in's prototype.
  const owned = Object.getOwnPropertyDescriptor(constructor, 'prototype')?.value as unknown;
  return owned === prototype && isNative(constructor) ? constructor.name : '';
}

// A class of the same name as a built-in prints its source; only the engine's own functions print `[native code]`.
function isNative(constructor: object): boolean {
  return /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(constructor));
}

/** The getter behind `%TypedArray%.prototype[Symbol.toStringTag]`: the real type, whatever the prototype says. */
const nameOfTypedArray = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype) as object,
  Symbol.toStringTag,
)?.get as (this: unknown) => string | undefined;

const CONTAINERS = new Set([
  'Object',
  'Array',
  'Date',
  'RegExp',
  'Map',
  'Set',
  'Buffer',
  'DataView',
  'ArrayBuffer',
]);
const ERRORS = new Set([
  'Error',
  'EvalError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'TypeError',
  'URIError',
  'AggregateError',
]);
const BOXES = new Set(['Number', 'String', 'Boolean', 'BigInt']);
const TYPED_ARRAYS = new Set([
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
]);
