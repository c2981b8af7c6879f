/**
 * A value to JSON text, or a refusal that names the place: whatever would read back as something else is refused.
 * Each property is read once, so that a getter cannot give the check one value and the text another.
 */
import { types } from 'node:util';
import { UncacheableValueError } from './codec-errors';
import { kindOf } from './kind-of';
import { describe, isStackOverflow } from './refusals';
import { Trail } from './trail';

const ADVICE = "codec 'json' keeps what JSON carries";
// An object that stands in many places is written each time, so a small value can have an endless text.
const MAX_LENGTH = 16 * 1024 * 1024;

export class JsonWriter {
  private text = '';
  private readonly trail = new Trail();
  /** The objects around the present value. */
  private readonly around = new Set<object>();

  constructor(private readonly maxDepth: number) {}

  /** @throws UncacheableValueError, also when a getter throws */
  write(value: unknown): string {
    try {
      this.value(value);
      return this.text;
    } catch (error) {
      if (error instanceof UncacheableValueError) throw error;
      const what = isStackOverflow(error) ? 'nested too deeply' : 'something that throws when it is read';
      throw new UncacheableValueError(this.trail.path(this.around.size), what, '', { cause: error });
    }
  }

  private value(value: unknown): void {
    switch (typeof value) {
      case 'string':
        return this.put(quoted(value));
      case 'boolean':
        return this.put(String(value));
      case 'number':
        return this.number(value);
      case 'object':
        return value === null ? this.put('null') : this.object(value);
      case 'undefined':
        return this.refuse('undefined');
      default:
        return this.refuse(describe(value));
    }
  }

  private number(value: number): void {
    if (!Number.isFinite(value) || Object.is(value, -0))
      this.refuse(Object.is(value, -0) ? '-0' : String(value));
    this.put(String(value));
  }

  private object(value: object): void {
    const kind = kindOf(value);
    if (kind !== 'object' && kind !== 'array')
      this.refuse(kind === 'null-object' ? NULL_OBJECT : describe(value));
    if (this.around.has(value)) this.refuse('an object that is inside itself');
    if (this.around.size === this.maxDepth) this.refuse(`nested more than ${this.maxDepth} levels deep`);
    if (Object.getOwnPropertySymbols(value).length > 0) this.refuse(SYMBOLS);
    if (types.isArgumentsObject(value)) this.refuse('an arguments object');
    this.trail.enter(this.around.size);
    this.around.add(value);
    if (kind === 'array') this.array(value as readonly unknown[]);
    else this.properties(value as Record<string, unknown>);
    this.around.delete(value);
  }

  private array(array: readonly unknown[]): void {
    const { length } = array;
    const keys = Object.keys(array);
    // A hole has no key; a property of its own has one that is no index, and comes last.
    if (keys.length < length) this.refuse('a sparse array');
    if (keys.length > length) this.refuse('an array with properties of its own');
    this.put('[');
    for (let i = 0; i < length; i++) {
      if (i > 0) this.put(',');
      this.trail.at(this.around.size, 'index', i);
      this.value(array[i]);
    }
    this.put(']');
  }

  private properties(object: Readonly<Record<string, unknown>>): void {
    let separator = '{';
    for (const key of Object.keys(object)) {
      this.trail.at(this.around.size, 'property', key);
      if (key === '__proto__') this.refuse('a property called __proto__');
      this.put(`${separator}${quoted(key)}:`);
      this.value(object[key]);
      separator = ',';
    }
    this.put(separator === '{' ? '{}' : '}');
  }

  private put(text: string): void {
    this.text += text;
    if (this.text.length > MAX_LENGTH)
      this.refuse(`more than ${MAX_LENGTH} characters of JSON`, 'keep less of it');
  }

  private refuse(what: string, advice = ADVICE): never {
    throw new UncacheableValueError(this.trail.path(this.around.size), what, advice);
  }
}

const NULL_OBJECT = 'an object without a prototype';
const SYMBOLS = 'an object with a property keyed by a symbol';

// What has to be written as an escape: quotes, backslashes, control characters and, to be safe, surrogates.
// eslint-disable-next-line no-control-regex
const SPECIAL = /["\\\u0000-\u001f\ud800-\udfff]/;

function quoted(text: string): string {
  return SPECIAL.test(text) ? JSON.stringify(text) : `"${text}"`;
}
