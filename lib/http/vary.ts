/**
 * `Vary` (RFC 9110, 12.5.5): which request headers a response was chosen by. A stored response answers only requests
 * that have the same in each of them, to the letter; in lists of what a client accepts, whitespace apart (RFC 9111, 4.1).
 */
import { type Headers, fieldOf, membersOf } from './header-values';

/** A response that varies by more is not kept. */
export const MAX_VARY_NAMES = 16;

/** What the request had in one header that the response varies by; null when it had none. */
export type VariedField = readonly [name: string, value: string | null];

/** The names in lower case, sorted, each once; `*` when the response varies by what nobody can see. */
export function varyNamesOf(field: string | undefined): readonly string[] | '*' {
  const names = new Set(membersOf(field).map((name) => name.toLowerCase()));
  return names.has('*') ? '*' : [...names].sort();
}

/** What a request has in the headers of these names. */
export function variedFieldsOf(names: readonly string[], request: Headers): VariedField[] {
  return names.map((name) => [name, valueOf(request, name)] as const);
}

export function isSameVariant(stored: readonly VariedField[], request: Headers): boolean {
  return stored.every(([name, value]) => valueOf(request, name) === value);
}

// Of these it is known that members may be set apart by any whitespace. Elsewhere a blank or an empty member may mean
// something to the handler. The ends have been trimmed by Node.
const LISTS: ReadonlySet<string> = new Set([
  'accept',
  'accept-charset',
  'accept-encoding',
  'accept-language',
]);

function valueOf(request: Headers, name: string): string | null {
  const value = fieldOf(request, name);
  if (value === undefined) return null;
  return LISTS.has(name) ? membersOf(value).join(', ') : value;
}
