/**
 * Format 4: a JSON text, of this codec or of another program. What other readers would take for something else, such as
 * an object with the same key twice, is not read at all.
 */
import { isUtf8 } from 'node:buffer';
import { UndecodableValueError } from './codec-errors';
import { FORMAT_JSON } from './tags';

/** The text behind the header; undefined when these bytes are something else. */
export function jsonTextOf(bytes: Uint8Array): string | undefined {
  if (bytes[0] !== FORMAT_JSON) return undefined;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + 1, bytes.byteLength - 1);
  return isUtf8(text) ? text.toString() : undefined;
}

/** @throws UndecodableValueError */
export function decodeJson(bytes: Uint8Array, maxDepth: number): unknown {
  const text = jsonTextOf(bytes);
  if (text === undefined) throw new UndecodableValueError('the text is not UTF-8');
  const value = parse(text);
  // JSON.parse keeps the last of two properties of one name; others keep the first.
  if (keysIn(value, maxDepth) !== namesIn(text)) {
    throw new UndecodableValueError('an object of the text has the same key twice');
  }
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The message would quote the text.
    throw new UndecodableValueError('the text is not JSON');
  }
}

/** How many properties there are in all the objects of a parsed value. */
function keysIn(value: unknown, maxDepth: number): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (maxDepth === 0) throw new UndecodableValueError('the text is nested too deeply');
  if (Array.isArray(value)) return value.reduce<number>((sum, each) => sum + keysIn(each, maxDepth - 1), 0);
  const keys = Object.keys(value);
  if (keys.includes('__proto__')) throw new UndecodableValueError('the text has a property called __proto__');
  return keys.reduce(
    (sum, key) => sum + keysIn((value as Record<string, unknown>)[key], maxDepth - 1),
    keys.length,
  );
}

const BACKSLASH = 0x5c;
const COLON = 0x3a;
const SPACE = 0x20;

/** How many properties a valid JSON text writes down: strings that a colon follows. */
function namesIn(text: string): number {
  let names = 0;
  let start = text.indexOf('"');
  while (start >= 0) {
    let next = endOfString(text, start) + 1;
    while (text.charCodeAt(next) <= SPACE) next++;
    if (text.charCodeAt(next) === COLON) names++;
    start = text.indexOf('"', next);
  }
  return names;
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text.charCodeAt(first - 1) === BACKSLASH) first--;
  return (at - first) % 2 === 1;
}
