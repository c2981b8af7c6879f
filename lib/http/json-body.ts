/** Responses as the JSON that clients are sent (RFC 8259), for servers that would make no other of them. */
import { types } from 'node:util';

/** What both servers say of JSON, unless the handler says more. */
export const JSON_TYPE = 'application/json; charset=utf-8';

/**
 * @param contentType what the handler has said of the value
 * @returns undefined for what servers send otherwise: texts, bytes, errors, other media types, what JSON cannot write
 */
export function jsonBodyOf(value: unknown, contentType: string | undefined): Uint8Array | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value) || types.isNativeError(value))
    return undefined;
  if (![undefined, 'application/json', JSON_TYPE].includes(contentType)) return undefined;
  try {
    const text = JSON.stringify(value) as string | undefined;
    return text === undefined ? undefined : Buffer.from(text);
  } catch {
    return undefined;
  }
}
