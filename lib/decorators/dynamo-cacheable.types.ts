import type { Observable } from 'rxjs';
import type { CallOptions } from '../engine/call-options';

/** How `@DynamoCacheable` caches a method. */
export interface DynamoCacheableOptions<A extends readonly any[] = any[], R = any> extends CallOptions<A, R> {
  /** What keys start with; unique in the namespace. @default `Class.method` */
  name?: string;
}

type Method = (...args: any[]) => unknown;

/** Nothing where the method can be cached; else what the compiler's message is to say. */
type Verdict<T extends Method, A extends readonly any[], R> = T extends (
  ...args: infer P
) => Promise<infer V> | Observable<infer V>
  ? // Compared as functions, so that `key` and `when` may take fewer parameters than the method has.
    ((...args: A) => void) extends (...args: P) => void
    ? // In brackets, or each member of a union would be judged by itself.
      [V] extends [R]
      ? unknown
      : Problem<'`unless` has to take everything the method may return'>
    : Problem<'`key` and `when` have to take the parameters of the method'>
  : Problem<'@DynamoCacheable needs a method that returns a Promise or an Observable'>;

interface Problem<Message extends string> {
  readonly problem: Message;
}

/** Every function has this property; a prototype that had it would be most unusual. */
interface NoFunction {
  readonly [Symbol.hasInstance]?: Problem<'@DynamoCacheable needs an instance method, not a static one'>;
}

export type CacheableMethodDecorator<A extends readonly any[], R> = <T extends Method>(
  target: object & NoFunction,
  propertyKey: string | symbol,
  descriptor: TypedPropertyDescriptor<T> & Verdict<T, A, R>,
) => void;
