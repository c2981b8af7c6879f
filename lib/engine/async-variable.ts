/**
 * A value that belongs to the running code and to whatever that awaits or starts, after `AsyncContext.Variable` of the
 * TC39 proposal. All of them share one AsyncLocalStorage: up to Node 22 each storage in use makes every promise of the
 * process slower, for good, so a cache must not bring one along.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

const storage = new AsyncLocalStorage<ReadonlyMap<object, unknown>>();

export class AsyncVariable<T> {
  get(): T | undefined {
    return storage.getStore()?.get(this) as T | undefined;
  }

  /** Runs `body` with the value. Code around it keeps what it had. */
  run<R>(value: T, body: () => R): R {
    return storage.run(new Map(storage.getStore()).set(this, value), body);
  }
}
