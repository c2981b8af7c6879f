/**
 * Rebuilds a value. Runs no code of the value's classes, reads no property it did not write itself, and does work in
 * proportion to the bytes: each element, key and object costs at least one of them.
 */
import { bareError } from './error-shell';
import { rebuilt } from './custom-type';
import { createBare, define, defineHidden } from './properties';
import type { ShapeCache } from './shape-cache';
import { ShapeReader } from './shape-reader';
import { isArrayIndex, makeSparse, type Shape } from './shapes';
import {
  ERRORS,
  EXTENSIBLE,
  HIDDEN_ERROR_PROPERTIES,
  REGEXP_LENGTH,
  SHORT_STRING,
  SMALL_INTS,
  Tag,
  VIEWS,
} from './tags';
import type { NamedType, TypeRegistry } from './type-registry';

export class Decoder extends ShapeReader {
  /** In the order in which they begin; one that is being deserialized is not there yet. */
  private readonly objects: (object | undefined)[] = [];
  private readonly classes: NamedType[] = [];
  private depth = 0;

  constructor(
    bytes: Uint8Array,
    start: number,
    private readonly registry: TypeRegistry,
    cache: ShapeCache,
    private readonly maxDepth: number,
  ) {
    super(bytes, start, cache);
  }

  value(): unknown {
    const tag = this.byte();
    if (tag < SMALL_INTS) return tag;
    if (tag <= Tag.ShortString + SHORT_STRING) return this.shortString(tag - Tag.ShortString);
    if (tag >= Tag.ShapedObject) return this.nested(tag);
    switch (tag as Tag) {
      case Tag.Undefined:
        return undefined;
      case Tag.Null:
        return null;
      case Tag.True:
        return true;
      case Tag.False:
        return false;
      case Tag.Int:
        return this.int();
      case Tag.Float:
        return this.float();
      case Tag.BigInt64:
        return this.bigint64();
      case Tag.BigInt:
        return this.bigint();
      case Tag.Latin1:
      case Tag.Utf8:
      case Tag.Utf16:
        return this.longString(tag);
      case Tag.Reference:
        return this.objects[this.varint()] ?? this.fail('a reference leads nowhere');
      default:
        return this.nested(tag);
    }
  }

  private nested(tag: number): object {
    if (this.depth === this.maxDepth) this.fail(`they nest more than ${String(this.maxDepth)} levels deep`);
    this.depth++;
    const object =
      tag >= Tag.ShapedObject ? this.plain(this.shapeAt(tag - Tag.ShapedObject)) : this.object(tag);
    this.depth--;
    return object;
  }

  private object(tag: Tag): object {
    switch (tag) {
      case Tag.NewObject:
        return this.plain(this.define());
      case Tag.Object:
        return this.plain(this.shapeAt(this.varint()));
      case Tag.NullObject:
        return this.nullObject();
      case Tag.Instance:
        return this.instance();
      case Tag.Serialized:
        return this.serialized();
      case Tag.Array:
        return this.array();
      case Tag.SparseArray:
        return this.sparseArray();
      case Tag.Map:
        return this.map();
      case Tag.Set:
        return this.set();
      case Tag.WithProperties:
        return this.withProperties();
      default:
        return this.leaf(tag);
    }
  }

  private leaf(tag: Tag): object {
    switch (tag) {
      case Tag.Date:
        return this.begin(new Date(this.float()));
      case Tag.RegExp:
        return this.regexp();
      case Tag.Error:
        return this.error();
      case Tag.Boxed:
        return this.boxed();
      case Tag.Buffer:
        return this.begin(Buffer.from(this.copy().buffer));
      case Tag.ArrayBuffer:
        return this.begin(this.copy().buffer);
      case Tag.DataView:
        return this.begin(new DataView(this.copy().buffer));
      case Tag.TypedArray:
        return this.typedArray();
      default:
        return this.fail('they hold an unknown tag');
    }
  }

  /** Makes an object known to references, before what is inside it is read. */
  private begin<T extends object>(object: T): T {
    this.objects.push(object);
    return object;
  }

  private plain(shape: Shape): object {
    const object = this.begin(shape.create());
    if (!shape.assigns) return this.defineAll(object, shape);
    for (const key of shape.keys) object[key] = this.value();
    return object;
  }

  private nullObject(): object {
    const shape = this.shape();
    const object = this.begin(shape.isSparse ? makeSparse(createBare()) : createBare());
    for (const key of shape.keys) object[key] = this.value();
    return object;
  }

  private instance(): object {
    const { name, prototype, custom } = this.namedType();
    if (custom !== undefined) this.fail(`they hold properties of ${name}, which has a \`deserialize\` now`);
    const shape = this.shape();
    const created = Object.create(prototype) as Record<string, unknown>;
    const object = this.begin(shape.isSparse ? makeSparse(created) : created);
    if (!shape.assignsTo(prototype)) return this.defineAll(object, shape);
    for (const key of shape.keys) object[key] = this.value();
    return object;
  }

  private serialized(): object {
    const { name, prototype, custom } = this.namedType();
    if (custom === undefined) this.fail(`they hold a ${name} for which \`types\` has no \`deserialize\``);
    const index = this.objects.push(undefined) - 1;
    const instance = rebuilt(name, prototype, custom, this.value());
    this.objects[index] = instance;
    return instance;
  }

  private namedType(): NamedType {
    const index = this.varint();
    if (index > 0) return this.classes[index - 1] ?? this.fail('a class is used before it is named');
    const type =
      this.registry.named(this.string()) ??
      this.fail('they hold an instance of a class that `types` does not name');
    this.classes.push(type);
    return type;
  }

  private array(): unknown[] {
    const length = this.count();
    // Grown by push: nested arrays could each claim the same bytes that are left.
    const array: unknown[] = this.begin([]);
    for (let i = 0; i < length; i++) array.push(this.value());
    return array;
  }

  private sparseArray(): unknown[] {
    const length = this.varint();
    const count = this.count(2);
    const array: unknown[] = this.begin(makeSparse([]));
    array.length = length;
    let next = 0;
    for (let i = 0; i < count; i++) {
      const index = this.varint();
      if (index < next || index >= length) this.fail('the elements of an array are out of order');
      array[index] = this.value();
      next = index + 1;
    }
    return array;
  }

  private map(): Map<unknown, unknown> {
    const size = this.count(2);
    const map = this.begin(new Map<unknown, unknown>());
    for (let i = 0; i < size; i++) map.set(this.value(), this.value());
    if (map.size !== size) this.fail('a Map has a key twice');
    return map;
  }

  private set(): Set<unknown> {
    const size = this.count();
    const set = this.begin(new Set<unknown>());
    for (let i = 0; i < size; i++) set.add(this.value());
    if (set.size !== size) this.fail('a Set has an item twice');
    return set;
  }

  private regexp(): RegExp {
    const source = this.string();
    const flags = this.string();
    if (source.length > REGEXP_LENGTH) this.fail('a RegExp is too long');
    const regexp = this.begin(this.compile(source, flags));
    regexp.lastIndex = this.value() as number;
    return regexp;
  }

  private compile(source: string, flags: string): RegExp {
    try {
      return new RegExp(source, flags);
    } catch {
      // Without the cause: its message repeats the source.
      return this.fail('a RegExp is malformed');
    }
  }

  private error(): Error {
    const constructor = ERRORS[this.byte()] ?? this.fail('they hold an unknown kind of error');
    const flags = this.byte();
    if (flags >= 1 << HIDDEN_ERROR_PROPERTIES.length) this.fail('an error has unknown properties');
    const error = this.begin(bareError(constructor));
    HIDDEN_ERROR_PROPERTIES.forEach((key, i) => {
      if ((flags & (1 << i)) !== 0) defineHidden(error, key, this.value());
    });
    return error;
  }

  private boxed(): object {
    const primitive = this.value();
    if (!BOXED.has(typeof primitive)) this.fail('they box something that has no box');
    return this.begin(Object(primitive) as object);
  }

  private typedArray(): object {
    const View = VIEWS[this.byte()] ?? this.fail('they hold an unknown typed array');
    const bytes = this.copy();
    if (bytes.length % View.BYTES_PER_ELEMENT !== 0) this.fail('a typed array has part of an element');
    return this.begin(new View(bytes.buffer));
  }

  private withProperties(): object {
    const tag = this.byte();
    if (!EXTENSIBLE.has(tag)) this.fail('they add properties to something that takes none');
    const object = this.object(tag);
    const shape = this.shape();
    if (shape.isSparse && !Array.isArray(object)) makeSparse(object);
    for (const key of shape.keys) {
      if (Object.hasOwn(object, key) || (Array.isArray(object) && isArrayIndex(key)))
        this.fail('a property is there twice');
      define(object, key, this.value());
    }
    return object;
  }

  private defineAll(object: object, shape: Shape): object {
    for (const key of shape.keys) define(object, key, this.value());
    return object;
  }
}

const BOXED = new Set(['number', 'string', 'boolean', 'bigint']);
