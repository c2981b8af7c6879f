/** The body of a response that is kept as a value: bytes, or with `codec: 'json'`, which has none, the JSON in them. */
import { packJson } from '../codec/json-codec';
import { jsonTextOf } from '../codec/json-reader';
import type { StoredResponse } from '../http/stored-response';

/** The same bytes each time: what is known of a value, such as how to copy it, is known by them. */
const bytesOfTexts = new WeakMap<StoredResponse, Uint8Array>();

export function bytesOf(response: StoredResponse): Uint8Array {
  const { body } = response;
  if (typeof body !== 'string') return body;
  const known = bytesOfTexts.get(response);
  if (known) return known;
  const bytes = packJson(body);
  bytesOfTexts.set(response, bytes);
  return bytes;
}

export function withTextBody(response: StoredResponse): StoredResponse {
  const { body } = response;
  const text = typeof body === 'string' ? body : jsonTextOf(body);
  return text === undefined ? response : { ...response, body: text };
}
