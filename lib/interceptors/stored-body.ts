/**
 * The body of a stored response. With `codec: 'json'`, which has no bytes, it is the JSON text itself: other programs can
 * read it.
 */
import { packJson } from '../codec/json-codec';
import { jsonTextOf } from '../codec/json-reader';
import { JSON_FORMAT, type StoredResponse } from '../http/stored-response';

export function bytesOf({ body, format }: StoredResponse): Uint8Array {
  if (typeof body !== 'string') return body;
  return format === JSON_FORMAT ? Buffer.from(body) : packJson(body);
}

export function withTextBody(response: StoredResponse): StoredResponse {
  const { body, format } = response;
  if (typeof body === 'string') return response;
  const text = format === JSON_FORMAT ? Buffer.from(body).toString() : jsonTextOf(body);
  return text === undefined ? response : { ...response, body: text };
}
