/**
 * The classes named by `types: [User]`. An instance is stored as its class's name and its own enumerable properties and
 * rebuilt without running the constructor, so a name must be unique and no state may live outside the properties.
 */
import { types as nodeTypes } from 'node:util';
import { InvalidTypesError } from './codec-errors';
import { builtInNameOf } from './kind-of';

/** A class whose instances may be cached. */
export type Type = abstract new (...args: never[]) => object;

export class TypeRegistry {
  private readonly nameOf = new Map<object, string>();
  private readonly prototypeOf = new Map<string, object>();

  /** @throws InvalidTypesError */
  constructor(types: readonly Type[]) {
    for (const type of types) this.add(type);
  }

  /** The name under which instances with this prototype are stored; undefined when their class was not named. */
  nameOfPrototype(prototype: object): string | undefined {
    return this.nameOf.get(prototype);
  }

  prototypeNamed(name: string): object | undefined {
    return this.prototypeOf.get(name);
  }

  private add(type: unknown): void {
    const prototype = prototypeOfClass(type);
    if (this.nameOf.has(prototype)) return;
    const name = (type as { name: unknown }).name;
    if (typeof name !== 'string' || name === '') {
      throw new InvalidTypesError(
        '`types` holds an anonymous class: give it a name, stored values refer to it.',
      );
    }
    const base = builtInBaseOf(prototype);
    if (base !== undefined) {
      throw new InvalidTypesError(
        `\`types\` holds ${name}, which is or extends the built-in ${base} and could not be rebuilt from its ` +
          'properties: remove it, and return what it holds as plain data.',
      );
    }
    if (this.prototypeOf.has(name)) {
      throw new InvalidTypesError(
        `\`types\` holds two classes named ${name}, which stored values could not tell apart: rename one of them.`,
      );
    }
    this.nameOf.set(prototype, name);
    this.prototypeOf.set(name, prototype);
  }
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
