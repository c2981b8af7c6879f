import type { Observable } from 'rxjs';
import type { CallOptions } from '../engine/call-options';
import type { HttpCacheOptions } from './http-cache-options';

/** How `@DynamoCacheable` caches a method. */
export interface DynamoCacheableOptions<A extends readonly any[] = any[], R = any> extends CallOptions<A, R> {
  /** What keys start with; unique in the namespace. @default `Class.method` */
  name?: string;
  /** How the response is cached when the method is a route under `DynamoCacheInterceptor`; false: it is not. */
  http?: HttpCacheOptions | false;
}

type Method = (...args: any[]) => unknown;

export type DecoratorName = keyof Expected;

/** What the options of each decorator have to fit. */
interface Expected {
  '@DynamoCacheable': {
    parameters: '`key`, `when` and `tags` have to take the parameters of the method';
    result: '`unless` and `ttl` have to take everything the method may return';
  };
  '@DynamoCacheEvict': {
    parameters: '`tags`, `keys` and `args` have to take the parameters of the method';
    result: never;
  };
  '@DynamoCachePut': {
    parameters: '`args` has to take the parameters of the method';
    result: '`unless` has to take everything the method may return';
  };
}

/** Nothing where the decorator can stand; else what the compiler's message is to say. */
type Verdict<T extends Method, A extends readonly any[], R, D extends DecoratorName> = T extends (
  ...args: infer P
) => Promise<infer V> | Observable<infer V>
  ? // Compared as functions, so that `key` and `when` may take fewer parameters than the method has.
    ((...args: A) => void) extends (...args: P) => void
    ? // In brackets, or each member of a union would be judged by itself.
      [V] extends [R]
      ? unknown
      : Problem<Expected[D]['result']>
    : Problem<Expected[D]['parameters']>
  : Problem<`${D} needs a method that returns a Promise or an Observable`>;

export interface Problem<Message extends string> {
  readonly problem: Message;
}

/** Every function has this property; a prototype that had it would be most unusual. */
export interface NoFunction<D extends string> {
  readonly [Symbol.hasInstance]?: Problem<`${D} needs an instance method, not a static one`>;
}

/** What the decorators return: the compiler refuses them on a method that they cannot work on, and says why. */
export type CacheableMethodDecorator<
  A extends readonly any[],
  R,
  D extends DecoratorName = '@DynamoCacheable',
> = <T extends Method>(
  target: object & NoFunction<D>,
  propertyKey: string | symbol,
  descriptor: TypedPropertyDescriptor<T> & Verdict<T, A, R, D>,
) => void;
