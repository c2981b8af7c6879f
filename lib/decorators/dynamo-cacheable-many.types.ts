import type { NoFunction, Problem } from './dynamo-cacheable.types';

export type ManyShape = 'array' | 'map' | 'record';

type Method = (...args: any[]) => unknown;

type IsAny<T> = 0 extends 1 & T ? true : false;

type ShapeOf<V> = V extends readonly any[] ? 'array' : V extends ReadonlyMap<any, any> ? 'map' : 'record';

type ResultOf<V> = V extends readonly (infer E)[]
  ? E
  : V extends ReadonlyMap<any, infer E>
    ? E
    : V extends object
      ? V[keyof V]
      : never;

interface Expected {
  array: "the method has to return a Promise of an array; write as: 'map' or as: 'record' for another";
  map: "with as: 'map' the method has to return a Promise of a Map";
  record: "with as: 'record' the method has to return a Promise of a plain object";
}

/** Nothing where the method can be cached; else what the compiler's message is to say. */
type Verdict<T extends Method, R, As extends ManyShape> = T extends (
  ids: infer I,
  ...rest: any[]
) => Promise<infer V>
  ? [I] extends [readonly any[]]
    ? IsAny<V> extends true
      ? unknown
      : [ShapeOf<V>] extends [As]
        ? [ResultOf<V>] extends [R]
          ? unknown
          : Problem<'`id` and `ttl` have to take every result of the method'>
        : Problem<Expected[As]>
    : Problem<'@DynamoCacheableMany needs a method whose first parameter is an array of ids'>
  : Problem<'@DynamoCacheableMany needs a method that returns a Promise'>;

export type ManyMethodDecorator<R, As extends ManyShape> = <T extends Method>(
  target: object & NoFunction<'@DynamoCacheableMany'>,
  propertyKey: string | symbol,
  descriptor: TypedPropertyDescriptor<T> & Verdict<T, R, As>,
) => void;
