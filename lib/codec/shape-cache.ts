/**
 * Shapes that were read before, by the bytes of their definition: a method returns the same shapes on every hit, and
 * judging their keys once is most of the work of a small value. Bounded in number and in size.
 */
import type { Shape } from './shapes';

const SHAPES = 512;
const DEFINITION_BYTES = 512;

export class ShapeCache {
  private readonly shapes = new Map<string, Shape>();

  accepts(definitionBytes: number): boolean {
    return definitionBytes <= DEFINITION_BYTES;
  }

  get(definition: string): Shape | undefined {
    return this.shapes.get(definition);
  }

  set(definition: string, shape: Shape): void {
    if (this.shapes.size === SHAPES) this.shapes.clear();
    this.shapes.set(definition, shape);
  }
}
