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
  const members = field.match(MEMBER) ?? [];
  return members.map((member) => member.trim()).filter((member) => member !== '');
}

// One character class a repetition, so that no text makes it slow. A quote that is never closed stands for itself.
const MEMBER = /(?:"(?:[^"\\]|\\.)*"|[^,])+/g;
