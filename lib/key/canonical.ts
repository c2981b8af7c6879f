/**
 * Writes arguments as text, so that two lists of arguments have one text if and only if they are equal as data: same
 * types, same values, whatever the order of properties, map entries and set members.
 *
 * - Objects with and without a prototype are equal (GraphQL makes its arguments without one); `{ a: undefined }` and
 *   `{}` are not, nor are a hole and `undefined`. Getters are read; `toJSON` is never called; non-enumerable properties
 *   do not count, as they do not for structured clone.
 * - An instance is its class's name and its own properties; see data-class.ts for those that are refused.
 * - What occurs inside itself is written `^n`, n containers up; what merely occurs twice is written twice.
 * - The text is bounded while it is written, so no argument can make a key costly.
 */
import { isDeepStrictEqual, types } from 'node:util';
import { type Kind, kindOf } from '../codec/kind-of';
import { readClass } from './data-class';
import { NotDataError } from './not-data-error';
import { describeSteps, type Step } from './step';

const MAX_DEPTH = 100;
const MAX_TEXT_LENGTH = 1_048_576;

/** @throws {NotDataError} when something in the arguments is not data, or they are too large to be a key */
export function canonicalArguments(args: readonly unknown[]): string {
  const only = args[0];
  if (args.length === 1 && typeof only === 'string' && only.length < MAX_TEXT_LENGTH) return quote(only);
  return new CanonicalText().writeArguments(args);
}

class CanonicalText {
  /** The containers around what is being written, outermost first, and the step taken in each of them. */
  private readonly ancestors: object[] = [];
  private readonly steps: (Step | undefined)[] = [];
  private room = MAX_TEXT_LENGTH;

  writeArguments(args: readonly unknown[]): string {
    try {
      this.enter(args);
      return this.elements(args);
    } catch (error) {
      if (error instanceof NotDataError) throw error;
      throw this.refusal('something that fails when it is read', { cause: error });
    }
  }

  private write(value: unknown): string {
    switch (typeof value) {
      case 'string':
        if (value.length > this.room) throw this.refusal('too large');
        return this.spend(quote(value));
      case 'number':
        return this.spend(value === 0 && 1 / value < 0 ? '-0' : String(value));
      case 'bigint':
        return this.spend(`${value}n`);
      case 'boolean':
      case 'undefined':
        return this.spend(String(value));
      case 'object':
        return value === null ? this.spend('null') : this.writeObject(value);
      case 'symbol':
      case 'function':
        throw this.refusal(`a ${typeof value}`);
    }
  }

  private writeObject(value: object): string {
    // First of all: whatever is asked of a proxy runs its code.
    if (types.isProxy(value)) throw this.refusal('a proxy');
    const index = this.ancestors.lastIndexOf(value);
    if (index >= 0) return this.spend(`^${this.ancestors.length - index}`);
    this.enter(value);
    const text = this.content(value, kindOf(value));
    this.ancestors.pop();
    return text;
  }

  private content(value: object, kind: Kind): string {
    switch (kind) {
      case 'object':
      case 'null-object':
        return this.properties(value, Object.keys(value));
      case 'array':
        return this.array(value as unknown[]);
      case 'instance':
        return this.instance(value);
      case 'map':
        return this.map(value as Map<unknown, unknown>);
      case 'set':
        return this.set(value as Set<unknown>);
      case 'date':
        return this.date(value as Date);
      case 'buffer':
        return this.typedArray('Buffer', value as Buffer);
      case 'typed-array':
        return this.typedArray((value as Uint8Array)[Symbol.toStringTag], value as Uint8Array);
      case 'data-view':
        this.requireNothingElse(value);
        return this.bytes('DataView', value as DataView);
      case 'array-buffer':
        this.requireNothingElse(value);
        return this.bytes('ArrayBuffer', new Uint8Array(value as ArrayBuffer));
      case 'regexp':
        return this.regExp(value as RegExp);
      case 'boxed':
        return this.boxed(value);
      default:
        throw this.refusal(`an ${kind}`);
    }
  }

  private properties(value: object, keys: string[]): string {
    if (Object.getOwnPropertySymbols(value).length > 0) throw this.refusal('an object with symbols for keys');
    if (keys.length > this.room) throw this.refusal('too large');
    sortKeys(keys);
    let text = '';
    for (const key of keys) {
      this.step(key);
      const name = this.spend(quote(key));
      text += `${text === '' ? '' : ','}${name}:${this.write((value as Record<string, unknown>)[key])}`;
    }
    return `{${text}}`;
  }

  private instance(value: object): string {
    const { name, refusal } = readClass(Object.getPrototypeOf(value) as object);
    if (refusal !== undefined) throw this.refusal(refusal);
    const keys = Object.keys(value);
    if (keys.length === 0) throw this.refusal(`an instance of ${name} with no visible state`);
    return this.spend(name) + this.properties(value, keys);
  }

  private array(value: readonly unknown[]): string {
    if (value.length > this.room) throw this.refusal('too large');
    // Own keys come in order: indices, then `length`, then whatever was added, such as `groups` by RegExp.exec.
    if (Reflect.ownKeys(value).at(-1) !== 'length') throw this.extended();
    return `[${this.elements(value)}]`;
  }

  private elements(value: readonly unknown[]): string {
    let text = '';
    for (let index = 0; index < value.length; index++) {
      this.step(index);
      const element = value[index];
      const isHole = element === undefined && !Object.hasOwn(value, index);
      text += (index === 0 ? '' : ',') + (isHole ? this.spend('hole') : this.write(element));
    }
    return text;
  }

  private map(value: Map<unknown, unknown>): string {
    this.requireNothingElse(value);
    const entries: string[] = [];
    for (const [key, content] of value) {
      this.step(['key', entries.length]);
      const name = this.write(key);
      this.step(['value', entries.length]);
      entries.push(`${name}=>${this.write(content)}`);
    }
    return `Map{${entries.sort().join(',')}}`;
  }

  private set(value: Set<unknown>): string {
    this.requireNothingElse(value);
    const members: string[] = [];
    for (const member of value) {
      this.step(['member', members.length]);
      members.push(this.write(member));
    }
    return `Set{${members.sort().join(',')}}`;
  }

  private date(value: Date): string {
    this.requireNothingElse(value);
    return this.spend(`Date(${Number.isNaN(value.getTime()) ? 'NaN' : value.toISOString()})`);
  }

  private regExp(value: RegExp): string {
    this.requireNothingElse(value, 'lastIndex');
    const { source, flags, lastIndex } = value;
    return `RegExp(${this.write(source)},${this.write(flags)},${this.write(lastIndex)})`;
  }

  private boxed(value: object): string {
    // The prototype's own, as the value may have been given others.
    const prototype = Object.getPrototypeOf(value) as {
      valueOf: () => unknown;
      constructor: { name: string };
    };
    const primitive = prototype.valueOf.call(value);
    const text = `${prototype.constructor.name}(${this.write(primitive)})`;
    if (Reflect.ownKeys(value).length > Reflect.ownKeys(Object(primitive) as object).length)
      throw this.extended();
    return text;
  }

  private bytes(name: string, view: ArrayBufferView): string {
    if (view.byteLength > this.room) throw this.refusal('too large');
    const bytes = Buffer.from(view.buffer, view.byteOffset, view.byteLength);
    return this.spend(`${name}(${bytes.toString('base64')})`);
  }

  private typedArray(name: string, view: Uint8Array): string {
    const text = this.bytes(name, view);
    // Listing its keys would list every byte; a copy has the bytes and nothing else.
    if (!isDeepStrictEqual(view, Uint8Array.prototype.slice.call(view))) throw this.extended();
    return text;
  }

  /** A built-in with properties added to it is more than its text would say. */
  private requireNothingElse(value: object, ownKey?: string): void {
    if (Reflect.ownKeys(value).at(-1) !== ownKey) throw this.extended();
  }

  private extended(): NotDataError {
    return this.refusal('a built-in object with properties added to it');
  }

  private enter(container: object): void {
    if (this.ancestors.length > MAX_DEPTH) throw this.refusal('too deep');
    this.steps[this.ancestors.length] = undefined;
    this.ancestors.push(container);
    this.spend('[]');
  }

  private step(step: Step): void {
    this.steps[this.ancestors.length - 1] = step;
    this.room--;
  }

  private spend(text: string): string {
    this.room -= text.length;
    if (this.room < 0) throw this.refusal('too large');
    return text;
  }

  private refusal(what: string, options?: ErrorOptions): NotDataError {
    return new NotDataError(describeSteps(this.steps.slice(0, this.ancestors.length)), what, options);
  }
}

/** By code unit, as `sort` does, but in place for the few keys that arguments have: sort would be a quarter of the cost. */
function sortKeys(keys: string[]): void {
  if (keys.length > 16) {
    keys.sort();
    return;
  }
  for (let sorted = 1; sorted < keys.length; sorted++) {
    const key = keys[sorted] ?? '';
    let place = sorted;
    for (; place > 0; place--) {
      const before = keys[place - 1];
      if (before === undefined || before <= key) break;
      keys[place] = before;
    }
    keys[place] = key;
  }
}

/** As JSON.stringify writes it, which escapes lone surrogates: UTF-8 would make them all one. */
function quote(text: string): string {
  return NEEDS_NO_ESCAPE.test(text) ? `"${text}"` : JSON.stringify(text);
}

const NEEDS_NO_ESCAPE = /^[ !#-[\]-~]*$/;
