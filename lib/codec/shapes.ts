/**
 * A shape is the list of keys that objects share. It is written once in a value and referred to by its index, so a list
 * of records costs its values only.
 */

/** The shapes of one value while it is encoded. */
export class WrittenShapes {
  private readonly shapes: WrittenShape[] = [];
  private byKeys: Map<string, WrittenShape> | undefined;
  private last: WrittenShape | undefined;

  /** The index of these keys; -1 when they are new, and the caller defines the next shape. */
  indexOf(keys: readonly string[]): number {
    // In a list of records the shapes follow each other in the same order again and again.
    const guess = this.last?.next;
    if (guess !== undefined && sameKeys(guess.keys, keys)) {
      this.last = guess;
      return guess.index;
    }
    const known = this.byKeys === undefined ? this.scan(keys) : this.lookUp(this.byKeys, keys);
    const shape = known ?? this.add(keys);
    if (this.last !== undefined) this.last.next = shape;
    this.last = shape;
    return known === undefined ? -1 : shape.index;
  }

  private scan(keys: readonly string[]): WrittenShape | undefined {
    for (const shape of this.shapes) if (sameKeys(shape.keys, keys)) return shape;
    return undefined;
  }

  private lookUp(byKeys: Map<string, WrittenShape>, keys: readonly string[]): WrittenShape | undefined {
    const shape = byKeys.get(joined(keys));
    return shape !== undefined && sameKeys(shape.keys, keys) ? shape : undefined;
  }

  private add(keys: readonly string[]): WrittenShape {
    const shape: WrittenShape = { keys, index: this.shapes.length, next: undefined };
    this.shapes.push(shape);
    if (this.byKeys !== undefined) this.byKeys.set(joined(keys), shape);
    else if (this.shapes.length > SCANNED_SHAPES)
      this.byKeys = new Map(this.shapes.map((s) => [joined(s.keys), s]));
    return shape;
  }
}

interface WrittenShape {
  readonly keys: readonly string[];
  readonly index: number;
  /** The shape that came after this one last time. */
  next: WrittenShape | undefined;
}

const SCANNED_SHAPES = 8;

// Not injective: whoever finds a shape by this text compares the keys.
function joined(keys: readonly string[]): string {
  let text = '';
  for (const key of keys) text += `${key}\0`;
  return text;
}

function sameKeys(left: readonly string[], right: readonly string[]): boolean {
  if (left.length !== right.length) return false;
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false;
  return true;
}

/** A shape that is read. Plain assignment must only ever create an own property, so each key is judged beforehand. */
export class Shape {
  /** Some key exists on `Object.prototype` (`__proto__`, `toString`): assignment would run a setter or be refused. */
  private readonly isDelicate: boolean;
  /** Keys such as '1000' make V8 reserve room for a thousand elements in each object, unless it is sparse. */
  readonly isSparse: boolean;
  private safeFor: object | undefined;

  constructor(readonly keys: readonly string[]) {
    this.isDelicate = keys.some((key) => key in Object.prototype);
    const lastIndex = keys.reduce((last, key) => Math.max(last, isArrayIndex(key) ? Number(key) : -1), -1);
    this.isSparse = lastIndex > 16 + keys.length;
  }

  /** An empty object for these keys. */
  create(): Record<string, unknown> {
    return this.isSparse ? makeSparse({}) : {};
  }

  /** Whether `object[key] = value` is safe on a fresh plain object. */
  get assigns(): boolean {
    return !this.isDelicate;
  }

  /** Whether `object[key] = value` is safe on a fresh object with this prototype. */
  assignsTo(prototype: object): boolean {
    if (this.safeFor === prototype) return true;
    if (this.keys.some((key) => key in prototype)) return false;
    this.safeFor = prototype;
    return true;
  }
}

/**
 * Turns an object's or array's elements into a dictionary, as V8 does when it meets an index this large: what is
 * reserved then follows the elements that exist, not the largest index or the length.
 */
export function makeSparse<T extends object>(target: T): T {
  const elements = target as Record<number, unknown>;
  elements[4_294_967_294] = undefined;
  Reflect.deleteProperty(elements, 4_294_967_294);
  return target;
}

/** Whether a key is an array index, as the language defines it. */
export function isArrayIndex(key: string): boolean {
  const index = Number(key) >>> 0;
  return index !== 4_294_967_295 && String(index) === key;
}
