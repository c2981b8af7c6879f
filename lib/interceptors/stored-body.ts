/**
 * The body of a stored response. With `codec: 'json'`, which has no bytes, it is the JSON text itself: other programs can
 * read it.
 */
import { packJson } from '../codec/json-codec';
import { jsonTextOf } from '../codec/json-reader';
import { JSON_FORMAT, type StoredResponse } from '../http/stored-response';

/** The same bytes each time: what is known of a value, such as how to copy it, is known by them. */
const bytesOfTexts = new WeakMap<StoredResponse, Uint8Array>();

export function bytesOf(response: StoredResponse): Uint8Array {
  const { body, format } = response;
  if (typeof body !== 'string') return body;
  const known = bytesOfTexts.get(response);
  if (known) return known;
  const bytes = format === JSON_FORMAT ? Buffer.from(body) : packJson(body);
  bytesOfTexts.set(response, bytes);
  return bytes;
}

export function withTextBody(response: StoredResponse): StoredResponse {
  const { body, format } = response;
  if (typeof body === 'string') return response;
  const text = format === JSON_FORMAT ? Buffer.from(body).toString() : jsonTextOf(body);
  return text === undefined ? response : { ...response, body: text };
}
