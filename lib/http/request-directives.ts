/** What a client asks of caches (RFC 9111, 5.2.1). */
import { type Directives, NO_DIRECTIVES, parseCacheControl, secondsOf } from './cache-control';
import { type Headers, fieldOf } from './header-values';

export interface RequestDirectives {
  readonly noStore: boolean;
  readonly noCache: boolean;
  readonly onlyIfCached: boolean;
  /** The oldest answer it takes, in seconds. */
  readonly maxAge: number | undefined;
  /** How much longer the answer has to be fresh, in seconds. */
  readonly minFresh: number;
  /** How far past its life an answer may be, in seconds; infinite without a number. */
  readonly maxStale: number | undefined;
}

export const NOTHING_ASKED: RequestDirectives = read(NO_DIRECTIVES);

export function requestDirectivesOf(headers: Headers): RequestDirectives {
  const field = fieldOf(headers, 'cache-control');
  if (field !== undefined) return read(parseCacheControl(field));
  // What clients of HTTP/1.0 send instead (RFC 9111, 5.4).
  const pragma = fieldOf(headers, 'pragma');
  const isReload = pragma !== undefined && /(^|[\s,])no-cache([\s,]|$)/i.test(pragma);
  return isReload ? { ...NOTHING_ASKED, noCache: true } : NOTHING_ASKED;
}

function read(directives: Directives): RequestDirectives {
  const maxStale = directives.get('max-stale');
  return {
    noStore: directives.has('no-store'),
    noCache: directives.has('no-cache'),
    onlyIfCached: directives.has('only-if-cached'),
    maxAge: secondsOf(directives, 'max-age'),
    minFresh: secondsOf(directives, 'min-fresh') ?? 0,
    maxStale: maxStale === '' ? Infinity : secondsOf(directives, 'max-stale'),
  };
}
