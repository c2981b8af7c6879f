/** How a refused value is named in the log: by what it is, never by what it holds. */
import { types } from 'node:util';
import { builtInNameOf } from './kind-of';
import { isEnumerable } from './properties';
import { builtInBaseOf } from './type-registry';

const SPECIAL: readonly (readonly [(value: unknown) => boolean, string])[] = [
  [types.isProxy, 'a Proxy'],
  [types.isPromise, 'a Promise'],
  [types.isGeneratorObject, 'a generator'],
  [types.isSharedArrayBuffer, 'a SharedArrayBuffer'],
  [types.isWeakMap, 'a WeakMap'],
  [types.isWeakSet, 'a WeakSet'],
  [types.isExternal, 'a native handle'],
];

export function describe(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`;
  const special = SPECIAL.find(([test]) => test(value));
  if (special !== undefined) return special[1];
  const name = classNameOf(value);
  return name === '' ? 'an instance of an anonymous class' : `an instance of ${name}`;
}

/** What would make the value cacheable, when naming its class would. */
export function adviceOn(value: object): string {
  if (SPECIAL.some(([test]) => test(value))) return '';
  const name = classNameOf(value);
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (name === '' || prototype === null || builtInBaseOf(prototype) !== undefined) return '';
  return `name it in types: [${name}]`;
}

/** What is wrong with the symbols that an object has as keys; undefined when they are hidden and may be left out. */
export function describeSymbols(value: object): string | undefined {
  const symbols = Object.getOwnPropertySymbols(value);
  if (symbols.length === 0) return undefined;
  if (types.isArgumentsObject(value)) return 'an arguments object';
  if (symbols.some((symbol) => isEnumerable(value, symbol)))
    return 'an object with a property keyed by a symbol';
  return symbols.includes(Symbol.toStringTag) ? 'an object with a tag of its own' : undefined;
}

/** Memory that others can change or resize while it is stored, and that a copy would not share. */
export function isShared(buffer: ArrayBufferLike): boolean {
  return types.isSharedArrayBuffer(buffer) || (buffer as { resizable?: boolean }).resizable === true;
}

function classNameOf(value: object): string {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === null) return '';
  const builtIn = builtInNameOf(prototype);
  if (builtIn !== '') return builtIn;
  const constructor = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value as unknown;
  if (typeof constructor !== 'function') return '';
  const name: unknown = constructor.name;
  return typeof name === 'string' ? name : '';
}

export function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError && error.message.includes('call stack');
}
