import type { ExecutionContext } from '@nestjs/common';

export type Class = ReturnType<ExecutionContext['getClass']>;
export type Handler = ReturnType<ExecutionContext['getHandler']>;

/** What is worked out once for each handler of each controller: a handler that is inherited has several. */
export class ByHandler<T> {
  private readonly byClass = new WeakMap<Class, WeakMap<Handler, { readonly found: T }>>();

  get(owner: Class, handler: Handler, find: () => T): T {
    let ofClass = this.byClass.get(owner);
    if (!ofClass) this.byClass.set(owner, (ofClass = new WeakMap()));
    let known = ofClass.get(handler);
    if (!known) ofClass.set(handler, (known = { found: find() }));
    return known.found;
  }
}
