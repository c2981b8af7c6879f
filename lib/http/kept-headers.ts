/** Which headers of a response are kept with it: those the handler set, without those that belong to one connection. */
import { type HeaderValue, type Headers, fieldOf, membersOf } from './header-values';

export interface HeaderChanges {
  readonly set: Readonly<Record<string, HeaderValue>>;
  readonly removed: readonly string[];
}

// Of one connection (RFC 9110, 7.6.1), of one message, or written anew for each answer.
const NOT_KEPT: ReadonlySet<string> = new Set([
  'age',
  'cache-status',
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export function isKept(name: string): boolean {
  return !NOT_KEPT.has(name);
}

/** What has changed between the headers before a handler ran and after. */
export function headerChanges(before: Headers, after: Headers): HeaderChanges {
  const ofConnection = new Set(membersOf(fieldOf(after, 'connection')).map((name) => name.toLowerCase()));
  const isWanted = (name: string) => isKept(name) && !ofConnection.has(name);
  const set: Record<string, HeaderValue> = {};
  for (const [name, value] of Object.entries(after)) {
    if (value !== undefined && isWanted(name) && !isSame(value, before[name])) set[name] = value;
  }
  const removed = Object.keys(before).filter((name) => after[name] === undefined && isWanted(name));
  return { set, removed };
}

function isSame(a: HeaderValue, b: HeaderValue | undefined): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
  return a.length === b.length && a.every((line, i) => line === b[i]);
}
