import { EMPTY, type Observable, catchError, defer, lastValueFrom, throwError } from 'rxjs';

/** The observable completed without a value: there is nothing to keep. */
const NOTHING = new Error('completed without a value');

/**
 * An observable whose subscriptions each make one cached call. It emits the last value of the source, on a miss as on a
 * hit.
 *
 * @param call runs a cached call around the loader it is given
 */
export function cachedObservable(
  source: () => Observable<unknown>,
  call: (load: () => Promise<unknown>) => Promise<unknown>,
): Observable<unknown> {
  const load = async () => {
    const last = await lastValueFrom(source(), { defaultValue: NOTHING });
    if (last === NOTHING) throw NOTHING;
    return last;
  };
  return defer(() => call(load)).pipe(
    catchError((error: unknown) => (error === NOTHING ? EMPTY : throwError(() => error))),
  );
}
