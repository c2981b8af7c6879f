/**
 * `Vary` (RFC 9110, 12.5.5): which request headers a response was chosen by. A stored response answers only requests
 * that have the same in each of them, whitespace apart (RFC 9111, 4.1).
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
  return names.map((name) => [name, normalised(fieldOf(request, name))] as const);
}

export function isSameVariant(stored: readonly VariedField[], request: Headers): boolean {
  return stored.every(([name, value]) => normalised(fieldOf(request, name)) === value);
}

// Members may be set apart by any whitespace, and lines may have been joined; their order has a meaning.
function normalised(value: string | undefined): string | null {
  return value === undefined
    ? null
    : membersOf(value)
        .join(', ')
        .replaceAll(/[ \t]+/g, ' ');
}
