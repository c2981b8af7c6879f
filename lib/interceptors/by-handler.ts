import type { ExecutionContext } from '@nestjs/common';

export type Class = ReturnType<ExecutionContext['getClass']>;
export type Handler = ReturnType<ExecutionContext['getHandler']>;

/** What is worked out once for each handler of each controller: a handler that is inherited has several. */
export class ByHandler<T> {
  private readonly byClass = new WeakMap<Class, WeakMap<Handler, { readonly result: T }>>();

  get(context: ExecutionContext, workOut: (owner: Class, handler: Handler) => T): T {
    const owner = context.getClass();
    const handler = context.getHandler();
    let ofClass = this.byClass.get(owner);
    if (!ofClass) this.byClass.set(owner, (ofClass = new WeakMap()));
    let known = ofClass.get(handler);
    if (!known) ofClass.set(handler, (known = { result: workOut(owner, handler) }));
    return known.result;
  }
}
