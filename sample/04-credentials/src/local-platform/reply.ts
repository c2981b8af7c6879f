import type { IncomingHttpHeaders } from 'node:http';

export interface Request {
  readonly headers: IncomingHttpHeaders;
  readonly path: string;
  readonly form: URLSearchParams;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export function refusal(status: number, error: string, headers: Reply['headers'] = {}): Reply {
  return { status, headers, body: { error } };
}

export function tooMany(retryAfterSeconds: number): Reply {
  return refusal(429, 'too_many_requests', { 'retry-after': String(retryAfterSeconds) });
}
