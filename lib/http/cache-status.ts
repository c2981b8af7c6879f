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
  let own = NAME;
  if (status.hit) own += '; hit';
  else {
    if (status.fwd) own += `; fwd=${status.fwd}`;
    if (status.isStored) own += '; stored';
    if (status.isCollapsed) own += '; collapsed';
  }
  if (status.ttlMs !== undefined) own += `; ttl=${Math.round(status.ttlMs / 1_000)}`;
  if (status.detail !== undefined) own += `; detail=${status.detail}`;
  return before === undefined || before === '' ? own : `${before}, ${own}`;
}
