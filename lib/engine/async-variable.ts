/**
 * A value that belongs to the running code and to whatever that awaits or starts, after `AsyncContext.Variable` of the
 * TC39 proposal. All of them share one AsyncLocalStorage: up to Node 22 each storage in use makes every promise of the
 * process slower, so a cache must not bring one along, and switches this one off while nobody needs it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

/** One variable's value, and those of the others. There are few: a Map would be made anew for each request. */
interface Held {
  readonly variable: object;
  readonly value: unknown;
  readonly others: Held | undefined;
}

const storage = new AsyncLocalStorage<Held>();

/** Values that were begun and have not ended, and whether there is one whose end nobody tells. */
const inUse = { begun: 0, forGood: false };

export class AsyncVariable<T> {
  get(): T | undefined {
    let held = storage.getStore();
    while (held && held.variable !== this) held = held.others;
    return held?.value as T | undefined;
  }

  /** Runs `body` with the value. Code around it keeps what it had. */
  run<R>(value: T, body: () => R): R {
    inUse.forGood = true;
    return this.runWith(value, body);
  }

  /** `run` with a value that means nothing any more, wherever it is still held, once `end` was called. */
  begin<R>(value: T, body: () => R): R {
    inUse.begun++;
    return this.runWith(value, body);
  }

  end(): void {
    if (--inUse.begun === 0 && !inUse.forGood) storage.disable();
  }

  private runWith<R>(value: T, body: () => R): R {
    return storage.run({ variable: this, value, others: without(this, storage.getStore()) }, body);
  }
}

// What a variable held before is let go: a context that was begun in another one would hold on to it, and so on.
function without(variable: object, held: Held | undefined): Held | undefined {
  if (!held) return undefined;
  if (held.variable === variable) return held.others;
  const others = without(variable, held.others);
  return others === held.others ? held : { ...held, others };
}
