/** The `Cache-Status` header (RFC 9211): a structured list (RFC 8941) of what each cache on the way did. */

/** What this cache did with a request. */
export type CacheStatus =
  | { readonly hit: true; readonly ttlMs: number; readonly detail?: string | undefined }
  | {
      readonly hit: false;
      /** Why the handler was run; nothing when it was not, either. */
      readonly fwd?: 'bypass' | 'uri-miss' | 'vary-miss' | 'miss' | 'request' | 'stale';
      readonly isStored?: boolean;
      /** Whether the answer is another request's that was under way. */
      readonly isCollapsed?: boolean;
      readonly ttlMs?: number | undefined;
      readonly detail?: string | undefined;
    };

const NAME = 'nestjs-dynamo-cache';

/** @param before what caches nearer to the origin have said */
export function renderCacheStatus(status: CacheStatus, before?: string): string {
  const parts = [NAME];
  if (status.hit) parts.push('hit');
  else {
    if (status.fwd) parts.push(`fwd=${status.fwd}`);
    if (status.isStored) parts.push('stored');
    if (status.isCollapsed) parts.push('collapsed');
  }
  if (status.ttlMs !== undefined) parts.push(`ttl=${Math.round(status.ttlMs / 1_000)}`);
  if (status.detail !== undefined) parts.push(`detail=${status.detail}`);
  const own = parts.join('; ');
  return before === undefined || before === '' ? own : `${before}, ${own}`;
}
