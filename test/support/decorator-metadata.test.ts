// Nest injects by the parameter types that the compiler writes down. Vitest's transform writes them only for files that
// tsconfig's `include` covers; without them every injection test would fail in a way that is hard to read.
import 'reflect-metadata';
import { expect, it } from 'vitest';

function seen(target: object): void {
  Reflect.defineMetadata('seen', true, target);
}

class Engine {}

@seen
class Car {
  constructor(
    readonly engine: Engine,
    readonly doors: number,
  ) {}
}

it('writes down the types of decorated constructors', () => {
  expect(Reflect.getMetadata('seen', Car)).toBe(true);
  expect(Reflect.getMetadata('design:paramtypes', Car)).toEqual([Engine, Number]);
});
