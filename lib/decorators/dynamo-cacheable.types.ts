import type { Observable } from 'rxjs';
import type { CallOptions } from '../engine/call-options';

/* eslint-disable @typescript-eslint/no-explicit-any -- only `any` lets a decorator infer a method's parameters */

/** How `@DynamoCacheable` caches a method. */
export interface DynamoCacheableOptions<A extends readonly any[] = any[], R = any> extends CallOptions<A, R> {
  /** What keys start with; unique in the namespace. @default `Class.method` */
  name?: string;
}

type Method = (...args: any[]) => unknown;

/** The method itself where it can be cached; else a type whose name says why not. */
type Cacheable<T extends Method, A extends readonly any[], R> = T extends (
  ...args: infer P
) => Promise<infer V> | Observable<infer V>
  ? P extends A
    ? V extends R
      ? T
      : Problem<'`unless` takes another type than the method returns'>
    : Problem<'`key` or `when` take other parameters than the method'>
  : Problem<'@DynamoCacheable needs a method that returns a Promise or an Observable'>;

interface Problem<Message extends string> {
  (...args: never[]): Message;
  readonly problem: Message;
}

export type CacheableMethodDecorator<A extends readonly any[], R> = <T extends Method>(
  target: object,
  propertyKey: string | symbol,
  descriptor: TypedPropertyDescriptor<T> & { value?: Cacheable<NoInfer<T>, A, R> },
) => void;
