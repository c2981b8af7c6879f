/** Requests that a cache shared by many lets pass without looking, by their headers. */
import { type Headers } from './header-values';
import type { Query } from './request-url';

/** Why a request passes by the cache; a token for `Cache-Status`. */
export type Bypass =
  | 'authorization'
  | 'cookie'
  | 'user'
  | 'vary-by'
  | 'body'
  | 'range'
  | 'precondition'
  | 'query'
  | 'no-store'
  | 'tags'
  | 'key';

/** A response to one of these may be one person's (RFC 9111, 3.5). */
export function credentialsOf(headers: Headers): Bypass | undefined {
  if (headers.authorization !== undefined) return 'authorization';
  return headers.cookie === undefined ? undefined : 'cookie';
}

/** @param maxParameters how many distinct query parameters a key is made of at most */
export function bypassOf(headers: Headers, query: Query, maxParameters: number): Bypass | undefined {
  // A body of GET has no meaning (RFC 9110, 9.3.1), but a handler may read it all the same.
  if (headers['transfer-encoding'] !== undefined) return 'body';
  if (headers['content-length'] !== undefined && headers['content-length'] !== '0') return 'body';
  if (headers.range !== undefined) return 'range';
  // These ask the origin about its present state.
  if (headers['if-match'] !== undefined || headers['if-unmodified-since'] !== undefined) {
    return 'precondition';
  }
  return query.names > maxParameters ? 'query' : undefined;
}
