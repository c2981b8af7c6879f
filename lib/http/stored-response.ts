/**
 * A response as it is kept. Its body is encoded by itself, so that a 304 needs none of it. What is read from the table
 * may be another release's, or no response at all: it is looked at before anything is believed.
 */
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { type HeaderValue } from './header-values';
import { JSON_TYPE } from './json-body';
import { isKept } from './kept-headers';
import { isStorableStatus } from './storability';
import type { VariedField } from './vary';

export interface StoredResponse {
  readonly format: Format;
  readonly status: number;
  readonly headers: Readonly<Record<string, HeaderValue>>;
  readonly removed: readonly string[];
  /** What the request had in the headers that the response varies by. */
  readonly vary: readonly VariedField[];
  /** By the format the encoded value, as a text where the codec has no bytes, or the JSON of it. */
  readonly body: Uint8Array | string;
  /** How old it was when it came, ms. */
  readonly initialAgeMs: number;
  readonly mustRevalidate: boolean;
  readonly staleWhileRevalidateMs: number;
  readonly staleIfErrorMs: number;
}

/** Releases that do not know a format take it for no response. */
export type Format = typeof VALUE_FORMAT | typeof JSON_FORMAT;
export const VALUE_FORMAT = 'response-1';
export const JSON_FORMAT = 'json-1';

/** Those that have been looked at: one in memory is served many times. */
const seen = new WeakSet();

export function isStoredResponse(value: unknown): value is StoredResponse {
  if (typeof value !== 'object' || value === null) return false;
  if (seen.has(value)) return true;
  const isOne = hasAll(value);
  if (isOne) seen.add(value);
  return isOne;
}

function hasAll(value: object): value is StoredResponse {
  if (!isRecord(value)) return false;
  const { format, status, headers, removed, vary, body } = value;
  return (
    (format === VALUE_FORMAT || format === JSON_FORMAT) &&
    typeof status === 'number' &&
    isStorableStatus(status) &&
    isRecord(headers) &&
    Object.entries(headers).every(([name, content]) => isHeader(name, content)) &&
    // Without it, a browser would be given a page.
    (format === VALUE_FORMAT || headers['content-type'] === JSON_TYPE) &&
    Array.isArray(removed) &&
    removed.every((name) => typeof name === 'string') &&
    Array.isArray(vary) &&
    vary.every(isVariedField) &&
    (typeof body === 'string' || (format === VALUE_FORMAT && body instanceof Uint8Array)) &&
    [value.initialAgeMs, value.staleWhileRevalidateMs, value.staleIfErrorMs].every(isTime) &&
    typeof value.mustRevalidate === 'boolean'
  );
}

// What Node would refuse would fail the request.
function isHeader(name: string, content: unknown): content is HeaderValue {
  // A name in other case would be a second one, and be set behind the first.
  if (name !== name.toLowerCase() || !isKept(name)) return false;
  try {
    validateHeaderName(name);
    for (const line of Array.isArray(content) ? (content as unknown[]) : [content]) {
      if (typeof line !== 'string') return false;
      validateHeaderValue(name, line);
    }
    return true;
  } catch {
    return false;
  }
}

function isVariedField(field: unknown): field is VariedField {
  if (!Array.isArray(field) || field.length !== 2) return false;
  const [name, value] = field as unknown[];
  return typeof name === 'string' && (typeof value === 'string' || value === null);
}

function isTime(ms: unknown): boolean {
  return typeof ms === 'number' && Number.isFinite(ms) && ms >= 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
