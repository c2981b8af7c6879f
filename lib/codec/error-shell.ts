/** Builds errors without the constructor's own stack and message, so that only what was stored is found on them. */
import type { ERRORS } from './tags';

export function bareError(constructor: (typeof ERRORS)[number]): Error {
  const limit = Error.stackTraceLimit;
  // Capturing a stack that is thrown away would be most of the cost. Reflect.set, because Error may be frozen.
  Reflect.set(Error, 'stackTraceLimit', 0);
  try {
    const error =
      constructor === AggregateError ? new AggregateError([]) : new (constructor as ErrorConstructor)();
    Reflect.deleteProperty(error, 'stack');
    Reflect.deleteProperty(error, 'errors');
    return error;
  } finally {
    Reflect.set(Error, 'stackTraceLimit', limit);
  }
}
