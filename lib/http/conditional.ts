/** Conditional requests (RFC 9110, 13): whether the client has this response already. */
import { type Headers, fieldOf, membersOf } from './header-values';
import { readHttpDate } from './http-date';

/** @param headers of the response */
export function isNotModified(request: Headers, status: number, headers: Headers): boolean {
  if (status < 200 || status > 299) return false;
  const tags = fieldOf(request, 'if-none-match');
  if (tags !== undefined) return matches(tags, fieldOf(headers, 'etag'));
  const sinceMs = readHttpDate(fieldOf(request, 'if-modified-since'));
  const modifiedMs = readHttpDate(fieldOf(headers, 'last-modified'));
  return sinceMs !== undefined && modifiedMs !== undefined && modifiedMs <= sinceMs;
}

// Compared weakly (RFC 9110, 13.1.2): a 304 says that nothing that matters has changed.
function matches(tags: string, etag: string | undefined): boolean {
  if (tags.trim() === '*') return true;
  return etag !== undefined && membersOf(tags).some((tag) => opaque(tag) === opaque(etag));
}

function opaque(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag;
}

/** Headers that describe content, which a 304 has none of (RFC 9110, 15.4.5). */
export function describesContent(name: string): boolean {
  return name.startsWith('content-') && name !== 'content-location' && !name.startsWith('content-security-');
}
