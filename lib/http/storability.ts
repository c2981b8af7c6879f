/** Whether a response may be kept in a cache that many share (RFC 9111, 3), by its status and headers. */
import { type Directives } from './cache-control';
import { type Headers, fieldOf } from './header-values';
import { MAX_VARY_NAMES, varyNamesOf } from './vary';

/** Why a response is not kept; a token for `Cache-Status`. */
export type Refusal =
  'status' | 'set-cookie' | 'no-store' | 'private' | 'no-cache' | 'vary-any' | 'vary-too-many';

/** Whether what is refused for this reason is likely to be refused the next time, too: the response itself says so. */
export function isOneCallers(refusal: string): boolean {
  return OF_ONE_CALLER.has(refusal);
}

const OF_ONE_CALLER: ReadonlySet<string> = new Set<Refusal>([
  'set-cookie',
  'no-store',
  'private',
  'no-cache',
  'vary-any',
  'vary-too-many',
]);

// Permanent ones, and those that say there is nothing. 206 is part of a whole, and 204 to 299 are for what was done.
const OTHER_STATUSES: ReadonlySet<number> = new Set([301, 308, 404, 410]);

export function isStorableStatus(status: number): boolean {
  return (status >= 200 && status <= 299 && status !== 206) || OTHER_STATUSES.has(status);
}

/** @returns why it is not to be kept; undefined when it may be */
export function refusalOf(status: number, headers: Headers, directives: Directives): Refusal | undefined {
  if (!isStorableStatus(status)) return 'status';
  if (headers['set-cookie'] !== undefined) return 'set-cookie';
  if (directives.has('no-store')) return 'no-store';
  // With field names after it, too: a cache may take it as if it had none (RFC 9111, 5.2.2.7).
  if (directives.has('private')) return 'private';
  // It could be kept and asked about before each use; asking a handler means running it, so keeping gains nothing.
  if (directives.has('no-cache')) return 'no-cache';
  const vary = varyNamesOf(fieldOf(headers, 'vary'));
  if (vary === '*') return 'vary-any';
  return vary.length > MAX_VARY_NAMES ? 'vary-too-many' : undefined;
}
