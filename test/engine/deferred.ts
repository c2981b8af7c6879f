/** A promise that a test settles when it wants to. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

export function deferred<T = void>(): Deferred<T> {
  let settle!: Pick<Deferred<T>, 'resolve' | 'reject'>;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...settle };
}

/** A loader that has begun when `began` resolves, and ends when the test says so. */
export class HeldLoader<T> {
  calls = 0;
  private readonly begun = deferred();
  private readonly held = deferred<T>();

  readonly began = this.begun.promise;
  readonly release = this.held.resolve;
  readonly fail = this.held.reject;

  readonly load = (): Promise<T> => {
    this.calls++;
    this.begun.resolve();
    return this.held.promise;
  };
}

/** Resolves once everything that can happen without a timer or the network has happened. */
export async function quiet(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
