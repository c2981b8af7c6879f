/**
 * `waitUntil` of the package @vercel/functions, which an application of yours imports instead: Vercel keeps what belongs to
 * a request in a global of this name, and so does `runtime/vercel`.
 */
import type { WaitUntil } from 'nestjs-dynamo-cache/core';

interface RequestContext {
  readonly waitUntil?: WaitUntil;
}

const CONTEXT = Symbol.for('@vercel/request-context');

export const waitUntil: WaitUntil = (work) => {
  const { [CONTEXT]: contexts } = globalThis as { [CONTEXT]?: { get(): RequestContext | undefined } };
  contexts?.get()?.waitUntil?.(work);
};
