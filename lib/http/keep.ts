/** From what a handler answered to what is kept of it. */
import { parseCacheControl } from './cache-control';
import { entityTag } from './entity-tag';
import { type Headers, fieldOf } from './header-values';
import { headerChanges } from './kept-headers';
import { lifetimeOf } from './lifetime';
import { type Refusal, refusalOf } from './storability';
import { FORMAT, type StoredResponse } from './stored-response';
import { variedFieldsOf, varyNamesOf } from './vary';

/** What a handler answered, and what its route says where the answer does not. */
export interface Answered {
  readonly request: Headers;
  /** Of the response, before the handler ran and after. */
  readonly before: Headers;
  readonly after: Headers;
  readonly status: number;
  /** How long the handler took: an answer ages meanwhile. */
  readonly tookMs: number;
  readonly nowMs: number;
  readonly ttlMs: number;
  readonly maxTtlMs: number;
  readonly staleWhileRevalidateMs: number;
  readonly staleIfErrorMs: number;
}

export interface Kept {
  readonly response: StoredResponse;
  /** How long it is fresh from now. */
  readonly lifeMs: number;
}

/** @param encode the value's bytes; undefined when it cannot be kept */
export function keep(
  answered: Answered,
  encode: () => Uint8Array | undefined,
): Kept | Refusal | 'no-life' | 'value' {
  const { after, before, maxTtlMs, nowMs, request, status, tookMs, ttlMs } = answered;
  const directives = parseCacheControl(fieldOf(after, 'cache-control'));
  const refusal = refusalOf(status, after, directives);
  if (refusal) return refusal;
  const { freshMs, initialAgeMs, mustRevalidate, ...own } = lifetimeOf(after, directives, nowMs);
  const staleWhileRevalidateMs = Math.min(
    own.staleWhileRevalidateMs ?? answered.staleWhileRevalidateMs,
    maxTtlMs,
  );
  const staleIfErrorMs = Math.min(own.staleIfErrorMs ?? answered.staleIfErrorMs, maxTtlMs);
  // A life that the response names counts from when it was made; one that the route names, from now.
  const lifeMs = freshMs === undefined ? ttlMs : Math.min(freshMs - initialAgeMs - tookMs, maxTtlMs);
  if (lifeMs <= 0 && staleWhileRevalidateMs <= 0 && staleIfErrorMs <= 0) return 'no-life';
  const body = encode();
  if (!body) return 'value';
  const { set, removed } = headerChanges(before, after);
  const names = varyNamesOf(fieldOf(after, 'vary'));
  const response: StoredResponse = {
    format: FORMAT,
    status,
    headers: { ...set, etag: after.etag ?? entityTag(status, set, body) },
    removed,
    vary: names === '*' ? [] : variedFieldsOf(names, request),
    body,
    initialAgeMs,
    mustRevalidate,
    staleWhileRevalidateMs,
    staleIfErrorMs,
  };
  return { response, lifeMs: Math.max(lifeMs, 1) };
}
