/** Responses as the JSON text that clients are sent (RFC 8259), for servers that would make no other of them. */
import { types } from 'node:util';

/** What both servers say of JSON, unless the handler says more. */
export const JSON_TYPE = 'application/json; charset=utf-8';

/** Whether a server that has been told this, or nothing, of an object says `JSON_TYPE` of it. */
export function isSentAsJson(contentType: string | undefined): boolean {
  return contentType === undefined || contentType === 'application/json' || contentType === JSON_TYPE;
}

/** @returns undefined for what servers send otherwise, texts, bytes and errors, and for what is not the same each time */
export function jsonBodyOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (ArrayBuffer.isView(value) || types.isNativeError(value)) return undefined;
  try {
    return JSON.stringify(value, sameEachTime);
  } catch {
    return undefined;
  }
}

type WithToJson = { readonly toJSON?: unknown } | null | undefined;

// Those of the language. Another may answer who asks, or what time it is.
const STEADY = new Set([undefined, ...[new Date(), Buffer.of()].map((one: WithToJson) => one?.toJSON)]);

function sameEachTime(this: Readonly<Record<string, WithToJson>>, key: string, json: unknown): unknown {
  if (!STEADY.has(this[key]?.toJSON)) throw new TypeError('a toJSON of its own');
  return json;
}
