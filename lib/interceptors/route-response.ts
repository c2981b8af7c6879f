/** The response of a request, the same on Express and Fastify. */
import { type HeaderValue, type Headers } from '../http/header-values';

export interface RouteResponse {
  status: number;
  /** All that is set now, names in lower case. */
  headers(): Headers;
  /** One of them, as one text. */
  header(name: string): string | undefined;
  setHeader(name: string, value: HeaderValue): void;
  removeHeader(name: string): void;
  /** Whether the server, as far as it tells, makes of an object what JSON.stringify makes of it. */
  readonly makesPlainJson: boolean;
  /** Whether somebody has sent it, or begun to. */
  readonly isSent: boolean;
  /** Resolves when it is out, or its client is gone. */
  isOver(): Promise<void>;
  /** Once it is out: what is set from now on goes nowhere, and can still be read. */
  detach(): void;
}

/** Node's own response, which both have underneath. */
export interface RawResponse {
  readonly headersSent: boolean;
  readonly writableEnded: boolean;
  readonly closed: boolean;
  readonly writableFinished: boolean;
  once(event: 'close' | 'finish', listener: () => void): unknown;
  off(event: 'close' | 'finish', listener: () => void): RawResponse;
}

/** A header as Node may hold it, as one text. */
export function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return Array.isArray(value) ? value.map(String).join(', ') : [value].map(String).join('');
}

/** Headers as Node may hold them: numbers, and no prototype. */
export function textsOf(headers: Readonly<Record<string, unknown>>): Headers {
  const texts: Record<string, HeaderValue> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || value === null) continue;
    texts[name.toLowerCase()] = Array.isArray(value) ? value.map(String) : [value].map(String).join('');
  }
  return texts;
}

// A client that reads slowly, or not at all, holds its answer open. What waits for it does not wait for ever.
const LONGEST_WAIT_MS = 30_000;

/** Resolves when a response is out, or its client gone. @throws when that takes too long */
export function endOf(raw: RawResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    if (raw.closed || raw.writableFinished) {
      resolve();
      return;
    }
    const settle = (act: () => void) => () => {
      clearTimeout(timer);
      raw.off('close', onEnd).off('finish', onEnd);
      act();
    };
    const onEnd = settle(resolve);
    const onLate = settle(() => {
      reject(new Error('the answer before is not out yet'));
    });
    const timer = setTimeout(onLate, LONGEST_WAIT_MS);
    timer.unref();
    raw.once('close', onEnd);
    raw.once('finish', onEnd);
  });
}
