/**
 * The classes named by `types: [User]`. An instance is stored as its class's name and its own enumerable properties and
 * rebuilt without running the constructor, so a name must be unique and no state may live outside the properties; a
 * custom type is free of the second, because its own two functions store and rebuild it.
 */
import { types as nodeTypes } from 'node:util';
import { InvalidTypesError } from './codec-errors';
import type { CustomType } from './custom-type';
import { builtInNameOf, isKeptBuiltIn } from './kind-of';

/** A class whose instances may be cached. */
export type Type = abstract new (...args: never[]) => object;

/** A class as stored values refer to it. */
export interface NamedType {
  readonly name: string;
  readonly prototype: object;
  /** Undefined for a class that is kept by its properties. */
  readonly custom: CustomType | undefined;
}

export class TypeRegistry {
  private readonly byPrototype = new Map<object, NamedType>();
  private readonly byName = new Map<string, NamedType>();

  /** @throws InvalidTypesError */
  constructor(types: readonly (Type | CustomType)[]) {
    for (const type of types) this.add(type);
  }

  /** The type of instances with this prototype; undefined when their class was not named. */
  ofPrototype(prototype: object): NamedType | undefined {
    return this.byPrototype.get(prototype);
  }

  named(name: string): NamedType | undefined {
    return this.byName.get(name);
  }

  private add(entry: Type | CustomType): void {
    const custom = customTypeOf(entry);
    const type: unknown = custom === undefined ? entry : custom.type;
    const prototype = prototypeOfClass(type);
    const known = this.byPrototype.get(prototype);
    if (known !== undefined && known.custom === custom) return;
    const name = nameOf(type);
    if (custom === undefined) assertKeptByProperties(name, prototype);
    else if (isKeptBuiltIn(prototype)) {
      throw new InvalidTypesError(
        `\`types\` says how ${name} is written, which the cache keeps by itself: remove it.`,
      );
    }
    if (known !== undefined) {
      throw new InvalidTypesError(`\`types\` says in two ways how ${name} is written: remove one of them.`);
    }
    if (this.byName.has(name)) {
      throw new InvalidTypesError(
        `\`types\` holds two classes named ${name}, which stored values could not tell apart: rename one of them.`,
      );
    }
    const named = { name, prototype, custom };
    this.byPrototype.set(prototype, named);
    this.byName.set(name, named);
  }
}

/** The entry, when it says itself how a class is written. */
function customTypeOf(entry: Type | CustomType): CustomType | undefined {
  if (typeof entry !== 'object' || !('type' in entry)) return undefined;
  if (typeof entry.serialize === 'function' && typeof entry.deserialize === 'function') return entry;
  throw new InvalidTypesError(
    '`types` holds a class without its two functions: write customType({ type: Money, serialize, deserialize }).',
  );
}

function nameOf(type: unknown): string {
  const { name } = type as { name: unknown };
  if (typeof name === 'string' && name !== '') return name;
  throw new InvalidTypesError('`types` holds an anonymous class: give it a name, stored values refer to it.');
}

function assertKeptByProperties(name: string, prototype: object): void {
  const base = builtInBaseOf(prototype);
  if (base === undefined) return;
  throw new InvalidTypesError(
    `\`types\` holds ${name}, which is or extends the built-in ${base} and could not be rebuilt from its ` +
      'properties: remove it, and return what it holds as plain data, or say by customType how it is written.',
  );
}

function prototypeOfClass(type: unknown): object {
  const prototype: unknown =
    typeof type === 'function' && !nodeTypes.isProxy(type) ? type.prototype : undefined;
  if (typeof prototype === 'object' && prototype !== null) return prototype;
  throw new InvalidTypesError('`types` holds something that is not a class: write types: [User, Order].');
}

/** The built-in that a class is or extends: its instances may keep state that no property shows. */
export function builtInBaseOf(prototype: object): string | undefined {
  let link: object | null = prototype;
  while (link !== null) {
    if (nodeTypes.isProxy(link)) return 'Proxy';
    const next = Object.getPrototypeOf(link) as object | null;
    const name = builtInNameOf(link) || platformNameOf(link);
    const isTop = name === 'Object' && next === null && link !== prototype;
    if (name !== '' && !isTop) return name;
    link = next;
  }
  return undefined;
}

/** URL, Blob, Headers and the like are written in JavaScript, and keep their state in private fields all the same. */
function platformNameOf(prototype: object): string {
  const constructor = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value as unknown;
  if (typeof constructor !== 'function' || typeof constructor.name !== 'string') return '';
  return Reflect.get(globalThis, constructor.name) === constructor ? constructor.name : '';
}
