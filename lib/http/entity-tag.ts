import { createHash } from 'node:crypto';
import { type HeaderValue } from './header-values';

const DESCRIBING = ['content-type', 'content-language', 'content-encoding'];

/**
 * A tag of what a handler answered. It is weak (RFC 9110, 8.8.1): interceptors around the cache, compression and the
 * server's own JSON come after it, so that equal tags promise equal content, not equal bytes.
 */
export function entityTag(
  status: number,
  headers: Readonly<Record<string, HeaderValue>>,
  body: Uint8Array | string,
): string {
  const hash = createHash('sha1');
  hash.update(JSON.stringify([status, ...DESCRIBING.map((name) => headers[name] ?? null)]));
  hash.update(body);
  return `W/"${hash.digest('base64url')}"`;
}
