/**
 * Work ahead of a method or behind it. What the method returns settles when the work has: a promise resolves after it,
 * and the last value of an Observable comes after it.
 */
import { AsyncResource } from 'node:async_hooks';
import { Observable, concatMap, defer, from, takeWhile } from 'rxjs';
import { type ResultKind, kindOfResult } from './result-kind';

/** @param results the result of the method, or the last one of an Observable; none when it completed without */
export type Work = (results: readonly [] | readonly [result: unknown]) => Promise<void>;

/**
 * Works first, and then runs the method. Where nothing says beforehand what the method returns, the work begins first
 * and is awaited with the result.
 */
export function workThenRun(
  work: () => Promise<void>,
  run: () => unknown,
  kind: ResultKind | undefined,
): unknown {
  if (kind === 'promise') return work().then(run);
  if (kind === 'observable') return defer(work).pipe(concatMap(() => run() as Observable<unknown>));
  const begun = work();
  // Awaited below, unless the method throws at once or nobody subscribes.
  begun.catch(() => undefined);
  const result = run();
  switch (kindOfResult(result)) {
    case 'promise':
      return begun.then(() => result);
    case 'observable':
      return from(begun).pipe(concatMap(() => result as Observable<unknown>));
    case 'other':
      return result;
  }
}

/** Runs the method, and works when it has succeeded. */
export function runThenWork(run: () => unknown, work: Work): unknown {
  const result = run();
  switch (kindOfResult(result)) {
    case 'promise':
      return awaitThenWork(result as PromiseLike<unknown>, work);
    case 'observable':
      return completeThenWork(result as Observable<unknown>, work);
    case 'other':
      // The compiler refuses such methods. Nobody can wait for the work, and the result has to stay what it is.
      work([result]).catch(() => undefined);
      return result;
  }
}

async function awaitThenWork(result: PromiseLike<unknown>, work: Work): Promise<unknown> {
  const value = await result;
  await work([value]);
  return value;
}

// The newest value is held back until the next one or, behind the work, the end. Who takes the first of several and
// leaves has had a success, too; the work is then done without anybody waiting.
function completeThenWork(source: Observable<unknown>, work: Work): Observable<unknown> {
  return new Observable((subscriber) => {
    // A source may complete in a context that is not the request's.
    const workHere = AsyncResource.bind(work);
    let held: readonly [] | readonly [unknown] = [];
    let isOver = false;
    const release = () => {
      const [value] = held;
      if (held.length > 0) subscriber.next(value);
    };
    // Who leaves while a source emits in one go would not stop it: the subscription is not there yet.
    const subscription = source.pipe(takeWhile(() => !subscriber.closed)).subscribe({
      next: (value) => {
        const before = held;
        held = [value];
        if (before.length > 0) subscriber.next(before[0]);
      },
      error: (error) => {
        isOver = true;
        release();
        subscriber.error(error);
      },
      complete: () => {
        isOver = true;
        workHere(held).then(
          () => {
            release();
            subscriber.complete();
          },
          (error: unknown) => {
            subscriber.error(error);
          },
        );
      },
    });
    return () => {
      subscription.unsubscribe();
      if (!isOver && held.length > 0) workHere(held).catch(() => undefined);
      isOver = true;
    };
  });
}
