/**
 * One walk over a value that writes it and refuses what would not come back as it was. Objects are numbered in the
 * order in which they begin; the decoder counts the same way, which is what references rely on.
 */
import { types } from 'node:util';
import { ByteWriter } from './byte-writer';
import { UncacheableValueError } from './codec-errors';
import type { CustomType } from './custom-type';
import { builtInNameOf, kindOf, type Kind } from './kind-of';
import { adviceOn, describe, describeSymbols, isShared, isStackOverflow } from './refusals';
import { isDense, isHidden, splitKeys } from './properties';
import { WrittenShapes } from './shapes';
import { ERROR_NAMES, HIDDEN_ERROR_PROPERTIES, REGEXP_LENGTH, Tag, TAGGED_SHAPES, VIEW_NAMES } from './tags';
import { Trail } from './trail';
import type { NamedType, TypeRegistry } from './type-registry';
import { WrittenClasses } from './written-classes';

export class Encoder {
  private readonly shapes = new WrittenShapes();
  private readonly objects = new Map<object, number>();
  private readonly classes = new WrittenClasses();
  /** Instances whose `serialize` data is being written: nothing can be rebuilt from data that holds itself. */
  private readonly unfinished = new Set<object>();
  private readonly trail = new Trail();
  private depth = 0;

  constructor(
    private readonly out: ByteWriter,
    private readonly registry: TypeRegistry,
    private readonly maxDepth: number,
  ) {}

  /** @throws UncacheableValueError, also when a getter throws or the stack overflows */
  encode(value: unknown): void {
    try {
      this.value(value);
    } catch (error) {
      if (error instanceof UncacheableValueError) throw error;
      const what = isStackOverflow(error) ? 'nested too deeply' : 'something that throws when it is read';
      throw new UncacheableValueError(this.trail.path(this.depth), what, '', { cause: error });
    }
  }

  private value(value: unknown): void {
    switch (typeof value) {
      case 'string':
        return this.out.string(value);
      case 'number':
        return this.out.number(value);
      case 'boolean':
        return this.out.byte(value ? Tag.True : Tag.False);
      case 'undefined':
        return this.out.byte(Tag.Undefined);
      case 'bigint':
        return this.out.bigint(value);
      case 'object':
        return value === null ? this.out.byte(Tag.Null) : this.objectOrReference(value);
      default:
        return this.refuse(describe(value));
    }
  }

  private objectOrReference(value: object): void {
    const index = this.objects.get(value);
    if (index !== undefined) {
      if (this.unfinished.has(value)) this.refuse(`${describe(value)} inside what it is serialized to`);
      this.out.byte(Tag.Reference);
      return this.out.varint(index);
    }
    this.objects.set(value, this.objects.size);
    if (this.depth === this.maxDepth) this.refuse(`nested more than ${String(this.maxDepth)} levels deep`);
    this.trail.enter(this.depth++);
    this.object(value);
    this.depth--;
  }

  private object(value: object): void {
    const kind = kindOf(value);
    // A class that is not named is refused before its properties are looked at: it may be a Proxy.
    if (kind === 'instance') return this.instance(value, this.typeOf(value));
    this.refuseSymbols(value);
    switch (kind) {
      case 'object':
        return this.shaped(value, Object.keys(value));
      case 'array':
        return this.array(value as unknown[]);
      case 'null-object':
        this.out.byte(Tag.NullObject);
        return this.properties(value, Object.keys(value));
      case 'buffer':
      case 'typed-array':
        return this.view(value as NodeJS.TypedArray, kind);
      default:
        return this.builtInWithExtras(value, kind);
    }
  }

  private builtInWithExtras(value: object, kind: Kind): void {
    const keys = Object.keys(value);
    const extras = types.isStringObject(value) ? keys.slice(value.length) : keys;
    if (extras.length === 0) return this.builtIn(value, kind);
    this.out.byte(Tag.WithProperties);
    this.builtIn(value, kind);
    this.properties(value, extras);
  }

  private builtIn(value: object, kind: Kind): void {
    switch (kind) {
      case 'date':
        this.out.byte(Tag.Date);
        return this.out.float(Date.prototype.getTime.call(value));
      case 'regexp':
        return this.regexp(value as RegExp);
      case 'map':
        return this.map(value as Map<unknown, unknown>);
      case 'set':
        return this.set(value as Set<unknown>);
      case 'error':
        return this.error(value as Error);
      case 'boxed':
        this.out.byte(Tag.Boxed);
        return this.value((value as { valueOf(): unknown }).valueOf());
      case 'array-buffer':
        this.refuseShared(value as ArrayBuffer);
        this.out.byte(Tag.ArrayBuffer);
        return this.out.sizedBytes(new Uint8Array(value as ArrayBuffer));
      case 'data-view':
        this.out.byte(Tag.DataView);
        return this.window(value as DataView);
      default:
        return this.refuse(describe(value));
    }
  }

  private shaped(value: object, keys: readonly string[]): void {
    const index = this.shapes.indexOf(keys);
    if (index < 0) {
      this.out.byte(Tag.NewObject);
      this.out.keys(keys);
    } else if (index < TAGGED_SHAPES) {
      this.out.byte(Tag.ShapedObject + index);
    } else {
      this.out.byte(Tag.Object);
      this.out.varint(index);
    }
    this.values(value, keys);
  }

  /** For everything that has no tags of its own for shapes: 0 announces a definition, else the index plus one. */
  private properties(value: object, keys: readonly string[]): void {
    const index = this.shapes.indexOf(keys);
    this.out.varint(index + 1);
    if (index < 0) this.out.keys(keys);
    this.values(value, keys);
  }

  private values(value: object, keys: readonly string[]): void {
    const record = value as Record<string, unknown>;
    for (const key of keys) {
      this.trail.at(this.depth, 'property', key);
      this.value(record[key]);
    }
  }

  private array(array: readonly unknown[]): void {
    const { length } = array;
    const keys = Object.keys(array);
    if (!isDense(length, keys)) return this.irregularArray(array, keys);
    this.out.byte(Tag.Array);
    this.out.varint(length);
    for (let i = 0; i < length; i++) {
      this.trail.at(this.depth, 'index', i);
      this.value(array[i]);
    }
  }

  private irregularArray(array: readonly unknown[], keys: readonly string[]): void {
    const { length } = array;
    const { indexes, extras } = splitKeys(keys);
    const isSparse = indexes.length !== length;
    if (extras.length > 0) this.out.byte(Tag.WithProperties);
    this.out.byte(isSparse ? Tag.SparseArray : Tag.Array);
    this.out.varint(length);
    if (isSparse) this.out.varint(indexes.length);
    for (const key of indexes) {
      const index = Number(key);
      if (isSparse) this.out.varint(index);
      this.trail.at(this.depth, 'index', index);
      this.value(array[index]);
    }
    if (extras.length > 0) this.properties(array, extras);
  }

  private map(map: Map<unknown, unknown>): void {
    // A copy: a getter that is met on the way may change the map.
    const entries = [...Map.prototype.entries.call(map)];
    this.out.byte(Tag.Map);
    this.out.varint(entries.length);
    entries.forEach(([key, value], i) => {
      this.trail.at(this.depth, 'map key', i);
      this.value(key);
      this.trail.at(this.depth, 'map value', i);
      this.value(value);
    });
  }

  private set(set: Set<unknown>): void {
    const items = [...Set.prototype.values.call(set)];
    this.out.byte(Tag.Set);
    this.out.varint(items.length);
    items.forEach((item, i) => {
      this.trail.at(this.depth, 'set item', i);
      this.value(item);
    });
  }

  private regexp(regexp: RegExp): void {
    if (regexp.source.length > REGEXP_LENGTH) this.refuse('a RegExp of unreasonable length');
    this.out.byte(Tag.RegExp);
    this.out.string(regexp.source);
    this.out.string(regexp.flags);
    this.trail.at(this.depth, 'property', 'lastIndex');
    this.value(regexp.lastIndex);
  }

  private error(error: Error): void {
    const hidden = HIDDEN_ERROR_PROPERTIES.filter((key) => isHidden(error, key));
    this.out.byte(Tag.Error);
    this.out.byte(ERROR_NAMES.indexOf(builtInNameOf(Object.getPrototypeOf(error) as object)));
    this.out.byte(hidden.reduce((flags, key) => flags | (1 << HIDDEN_ERROR_PROPERTIES.indexOf(key)), 0));
    this.values(error, hidden);
  }

  private view(view: NodeJS.TypedArray, kind: 'buffer' | 'typed-array'): void {
    if (kind === 'buffer') {
      this.out.byte(Tag.Buffer);
    } else {
      this.out.byte(Tag.TypedArray);
      this.out.byte(VIEW_NAMES.indexOf(builtInNameOf(Object.getPrototypeOf(view) as object)));
    }
    this.window(view);
  }

  private window(view: ArrayBufferView): void {
    this.refuseShared(view.buffer);
    this.out.sizedBytes(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  }

  private typeOf(value: object): NamedType {
    if (types.isProxy(value)) return this.refuse(describe(value));
    const type = this.registry.ofPrototype(Object.getPrototypeOf(value) as object);
    return type ?? this.refuse(describe(value), adviceOn(value));
  }

  private instance(value: object, { name, custom }: NamedType): void {
    if (custom !== undefined) return this.serialized(value, name, custom);
    this.refuseSymbols(value);
    this.out.byte(Tag.Instance);
    this.classes.write(this.out, name);
    this.properties(value, Object.keys(value));
  }

  private serialized(value: object, name: string, custom: CustomType): void {
    this.out.byte(Tag.Serialized);
    this.classes.write(this.out, name);
    this.unfinished.add(value);
    this.trail.at(this.depth, 'serialized', name);
    this.value(custom.serialize(value));
    this.unfinished.delete(value);
  }

  private refuseSymbols(value: object): void {
    const what = describeSymbols(value);
    if (what !== undefined) this.refuse(what);
  }

  private refuseShared(buffer: ArrayBufferLike): void {
    if (isShared(buffer)) this.refuse('memory that is shared or resizable');
  }

  private refuse(what: string, advice = ''): never {
    throw new UncacheableValueError(this.trail.path(this.depth), what, advice);
  }
}
