/**
 * Tells whether the instances of a class can be known by their visible state, and under which name. They cannot when
 * something hides from view: a built-in's slots, `#private` fields, a stream's or an emitter's connection to the world.
 * The answer belongs to the prototype and is remembered with it.
 *
 * A class is known by its name, as no other mark of it survives from process to process: two classes of one name with
 * equal state are equal as arguments of one method.
 */
import { EventEmitter } from 'node:events';
import { types } from 'node:util';

/** Either the name to write before the state, or why there is none. */
export type ClassReading =
  { readonly name: string; readonly refusal?: never } | { readonly name?: never; readonly refusal: string };

const readings = new WeakMap<object, ClassReading>();

export function readClass(prototype: object): ClassReading {
  let reading = readings.get(prototype);
  if (reading === undefined) {
    reading = inspectClass(prototype);
    readings.set(prototype, reading);
  }
  return reading;
}

function inspectClass(prototype: object): ClassReading {
  const chain = prototypeChain(prototype);
  if (chain.some((link) => types.isProxy(link))) return { refusal: 'an object that inherits from a proxy' };
  const constructors = chain.map(constructorOf).filter((constructor) => constructor !== undefined);
  const nearestName = constructors.map(nameOf).find((name) => name !== '') ?? 'an unnamed class';
  for (const [what, isOne] of LIVE_OBJECTS) {
    if (isOne(prototype)) return { refusal: `${what} (${nearestName})` };
  }
  const own = constructorOf(prototype);
  if (own === undefined) return { refusal: 'an object that inherits from another' };
  if (constructors.some(isBuiltIn))
    return { refusal: `an instance of ${nearestName}, whose state is hidden` };
  if (constructors.some(hasPrivateFields))
    return { refusal: `an instance of ${nearestName} with #private fields` };
  const name = nameOf(own);
  return IDENTIFIER.test(name) ? { name } : { refusal: 'an instance of a class that has no proper name' };
}

// What is bound to one request, connection or moment, however much of it shows.
const LIVE_OBJECTS: readonly (readonly [what: string, isOne: (prototype: object) => boolean])[] = [
  ['an observable', (prototype) => OBSERVABLE.some((mark) => mark in prototype)],
  ['a stream', (prototype) => hasMethod(prototype, 'pipe') || isOf(prototype, webStreams())],
  ['an event emitter', (prototype) => isOf(prototype, [EventEmitter, EventTarget])],
  ['a promise', (prototype) => hasMethod(prototype, 'then')],
  ['an iterator', (prototype) => hasMethod(prototype, 'next') && isIterable(prototype)],
];

// rxjs uses the symbol when a polyfill has made it before rxjs was loaded.
const OBSERVABLE = ['@@observable', (Symbol as { observable?: symbol }).observable ?? '@@observable'];

// Node loads them when they are first mentioned, which would make every import a millisecond longer.
const webStreams = () => [ReadableStream, WritableStream, TransformStream];

function isOf(prototype: object, classes: readonly (abstract new () => object)[]): boolean {
  return classes.some((one) => prototype === one.prototype || prototype instanceof one);
}

function isIterable(prototype: object): boolean {
  return Symbol.iterator in prototype || Symbol.asyncIterator in prototype;
}

/** Looks without calling: on a prototype, a getter has no instance to read from. */
function hasMethod(prototype: object, name: string): boolean {
  return prototypeChain(prototype).some(
    (link) => typeof Object.getOwnPropertyDescriptor(link, name)?.value === 'function',
  );
}

/** The prototype and what it inherits from, without `Object.prototype` (of any realm) at the top. */
function prototypeChain(prototype: object): object[] {
  const chain: object[] = [];
  let link: object | null = prototype;
  while (link !== null && !isRoot(link)) {
    chain.push(link);
    // Asking a proxy for its prototype would run its code.
    link = types.isProxy(link) ? null : (Object.getPrototypeOf(link) as object | null);
  }
  return chain;
}

function isRoot(link: object): boolean {
  if (types.isProxy(link) || Object.getPrototypeOf(link) !== null) return false;
  const constructor = constructorOf(link);
  return constructor !== undefined && isBuiltIn(constructor) && nameOf(constructor) === 'Object';
}

type Constructor = (...args: never[]) => unknown;

/** The class a prototype belongs to; one that merely inherits or was handed a `constructor` belongs to none. */
function constructorOf(link: object): Constructor | undefined {
  const constructor: unknown = Object.getOwnPropertyDescriptor(link, 'constructor')?.value;
  if (typeof constructor !== 'function' || constructor.prototype !== link) return undefined;
  return constructor as Constructor;
}

// A `static name` of the class may be anything.
function nameOf(constructor: Constructor): string {
  const name: unknown = Object.getOwnPropertyDescriptor(constructor, 'name')?.value;
  return typeof name === 'string' ? name : '';
}

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

function isBuiltIn(constructor: Constructor): boolean {
  return /\{\s*\[native code\]\s*\}$/.test(sourceOf(constructor));
}

// Nothing in the language tells whether an object has private fields, but one that is ever used shows in the source
// of its class: as `.#field`, `#field in`, or as a compiler's stand-in for it.
function hasPrivateFields(constructor: Constructor): boolean {
  return /\.\s*#[\p{ID_Start}$_]|#[\p{ID_Continue}$]+\s+in\s|private_?(?:field_?)?get/iu.test(
    sourceOf(constructor),
  );
}

function sourceOf(constructor: Constructor): string {
  return Function.prototype.toString.call(constructor);
}
