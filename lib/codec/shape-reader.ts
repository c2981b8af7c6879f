/** Reads the shapes of one value; those that were read before are recognised by the bytes of their definition. */
import { ByteReader } from './byte-reader';
import type { ShapeCache } from './shape-cache';
import { Shape } from './shapes';

export class ShapeReader extends ByteReader {
  private readonly shapes: Shape[] = [];

  constructor(
    bytes: Uint8Array,
    start: number,
    private readonly cache: ShapeCache,
  ) {
    super(bytes, start);
  }

  /** Where no tag tells: 0 announces a definition, else the index plus one. */
  protected shape(): Shape {
    const index = this.varint();
    return index === 0 ? this.define() : this.shapeAt(index - 1);
  }

  protected shapeAt(index: number): Shape {
    return this.shapes[index] ?? this.fail('a shape is used before it is defined');
  }

  protected define(): Shape {
    const length = this.count();
    const isCached = this.cache.accepts(length);
    const definition = isCached ? this.peek(length) : '';
    let shape = isCached ? this.cache.get(definition) : undefined;
    if (shape === undefined) {
      shape = this.readShape(length);
      if (isCached) this.cache.set(definition, shape);
    } else {
      this.skip(length);
    }
    this.shapes.push(shape);
    return shape;
  }

  private readShape(length: number): Shape {
    const end = this.position + length;
    const count = this.count();
    const keys: string[] = [];
    for (let i = 0; i < count; i++) keys.push(this.string());
    if (this.position !== end) this.fail('a shape has another length than it says');
    if (new Set(keys).size !== count) this.fail('a shape has a key twice');
    return new Shape(keys);
  }
}
