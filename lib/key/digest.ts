/**
 * A key is readable up to 512 bytes of UTF-8 and a SHA-256 beyond. `~` in front marks the digest: neither canonical
 * text nor a stored user key starts with a single `~`, so no readable key can pass for a digest.
 */
import { createHash } from 'node:crypto';

const MAX_READABLE_BYTES = 512;

export function isShortEnoughToRead(text: string): boolean {
  return isSurelyReadable(text) || isReadable(text);
}

/** Whether a text is so short that nothing needs to be counted: a UTF-16 unit takes one to three bytes of UTF-8. */
export function isSurelyReadable(text: string): boolean {
  return text.length * 3 <= MAX_READABLE_BYTES;
}

function isReadable(text: string): boolean {
  return text.length <= MAX_READABLE_BYTES && Buffer.byteLength(text) <= MAX_READABLE_BYTES;
}

export function digest(text: string): string {
  return `~sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** For text with lone surrogates, which UTF-8 would turn into one and the same U+FFFD. */
export function digestUtf16(text: string): string {
  return `~sha256-utf16:${createHash('sha256').update(text, 'utf16le').digest('hex')}`;
}
