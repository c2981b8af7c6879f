/** From what a handler answered to what is kept of it. */
import { parseCacheControl } from './cache-control';
import { entityTag } from './entity-tag';
import { type Headers, fieldOf } from './header-values';
import { JSON_TYPE } from './json-body';
import { headerChanges } from './kept-headers';
import { lifetimeOf } from './lifetime';
import { type Refusal, refusalOf } from './storability';
import { type Format, JSON_FORMAT, type StoredResponse } from './stored-response';
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

export interface Content {
  readonly format: Format;
  readonly body: Uint8Array | string;
}

export interface Kept {
  readonly response: StoredResponse;
  /** How long it is fresh from now. */
  readonly lifeMs: number;
}

/** @param contentOf what is kept of the value; undefined when nothing can be */
export function keep(
  answered: Answered,
  contentOf: () => Content | undefined,
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
  const content = contentOf();
  if (!content) return 'value';
  const { format, body } = content;
  const { set, removed } = headerChanges(before, after);
  // Even if something else sets it, too: a server that is given a text has to be told what it is.
  const headers = format === JSON_FORMAT ? { ...set, 'content-type': JSON_TYPE } : set;
  const names = varyNamesOf(fieldOf(after, 'vary'));
  const response: StoredResponse = {
    format,
    status,
    headers: { ...headers, etag: after.etag ?? entityTag(status, headers, body) },
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
