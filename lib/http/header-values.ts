/** What a message's headers hold, whichever way the server keeps them. Names are in lower case. */
export type HeaderValue = string | string[];
export type Headers = Readonly<Record<string, HeaderValue | undefined>>;

/** A field as one text: several lines of one name mean the same as one line with commas (RFC 9110, 5.3). */
export function fieldOf(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** The members of a comma-separated list; a comma inside quotes is part of its member (RFC 9110, 5.6.1). */
export function membersOf(field: string | undefined): string[] {
  if (field === undefined) return [];
  const members: string[] = [];
  let start = 0;
  let areQuotesClosed = true;
  for (let at = 0; at < field.length; at++) {
    if (field[at] === '"' && areQuotesClosed) {
      const end = endOfQuotes(field, at);
      if (end === undefined) areQuotesClosed = false;
      else at = end;
    } else if (field[at] === ',') {
      members.push(field.slice(start, at).trim());
      start = at + 1;
    }
  }
  members.push(field.slice(start).trim());
  return members.filter((member) => member !== '');
}

// By hand, as a pattern would go back and forth in a text that is made for it. A quote that is never closed hides
// nothing: `no-store` behind it still counts.
function endOfQuotes(field: string, start: number): number | undefined {
  let at = start + 1;
  while (at < field.length && field[at] !== '"') at += field[at] === '\\' ? 2 : 1;
  return at < field.length ? at : undefined;
}
