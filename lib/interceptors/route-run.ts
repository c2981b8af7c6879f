/**
 * One request's run of its handler: what the handler answered, and what of it may be kept. The answer is read off the
 * response by what has changed on it, so a run that lasts longer than its request, or whose response was sent past the
 * interceptor, is not kept.
 */
import { type CallHandler, StreamableFile } from '@nestjs/common';
import { lastValueFrom } from 'rxjs';
import { type ServedRoute, serveRoute } from '../decorators/served-route';
import type { DynamoCache } from '../engine/dynamo-cache';
import { type Policy, policyFor } from '../engine/policy';
import { type Headers, fieldOf } from '../http/header-values';
import { isSentAsJson, jsonBodyOf } from '../http/json-body';
import { type Content, type Kept, keep } from '../http/keep';
import { JSON_FORMAT, VALUE_FORMAT } from '../http/stored-response';
import type { CachedRoute } from './route';
import type { RouteResponse } from './route-response';

/** What a handler answered. */
export interface OwnAnswer {
  readonly value: unknown;
  /** What may be kept of it, and given to others; or a token that says why nothing may. */
  readonly kept: Kept | string;
}

interface Parts {
  readonly cache: DynamoCache;
  readonly route: CachedRoute;
  readonly policy: Policy;
  readonly request: Headers;
  readonly response: RouteResponse;
  readonly next: CallHandler;
  /** Whether values are kept as JSON, and sent as they are kept. */
  readonly isJson: boolean;
}

interface Before {
  readonly status: number;
  readonly headers: Headers;
}

interface Run extends ServedRoute {
  readonly startedAtMs: number;
  isAbandoned: boolean;
}

export class RouteRun {
  private remembered: Before | undefined;
  private current: Run | undefined;

  constructor(private readonly parts: Parts) {}

  /** Looks at the response, once, before anything is done to it. Not done for an answer that no run comes behind. */
  remember(): Before {
    const { response } = this.parts;
    return (this.remembered ??= { status: response.status, headers: response.headers() });
  }

  /** @throws what the handler throws */
  async start(): Promise<OwnAnswer> {
    const { cache, next, route } = this.parts;
    const startedAtMs = cache.routes.nowMs;
    const run: Run = { expected: new Set(route.caching), startedAtMs, isAbandoned: false };
    this.current = run;
    this.remember();
    const value: unknown = await serveRoute(run, () => lastValueFrom(next.handle()));
    return { value, kept: this.refusalOf(run, value) ?? this.keep(run, value) };
  }

  /** Runs the handler again, behind an answer that is out. */
  async startBehind(): Promise<OwnAnswer> {
    this.parts.response.detach();
    this.restore();
    return this.start();
  }

  /** The request has its answer: what a handler that still runs does to the response is none any more. */
  abandon(): void {
    if (this.current) this.current.isAbandoned = true;
  }

  /** Takes back what the handler has done to the response. */
  undo(): void {
    if (this.current) this.restore();
  }

  private restore(): void {
    const { response } = this.parts;
    const { status, headers } = this.remember();
    for (const name of Object.keys(response.headers())) {
      if (headers[name] === undefined) response.removeHeader(name);
    }
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) response.setHeader(name, value);
    }
    response.status = status;
  }

  /** Why an answer is nobody else's, before its headers are looked at. */
  private refusalOf(run: Run, value: unknown): string | undefined {
    const { when } = this.parts.route.options;
    if (run.isAbandoned || this.parts.response.isSent) return 'sent';
    if (isStream(value)) return 'stream';
    if (when && run.args && !this.ask('when', () => when(...(run.args ?? [])), false)) return 'when';
    const { unless } = this.parts.policy;
    return unless && this.ask('unless', () => unless(value), true) ? 'unless' : undefined;
  }

  private keep({ startedAtMs }: Run, value: unknown): Kept | string {
    const { cache, policy, request, response } = this.parts;
    const { maxTtlMs, nowMs } = cache.routes;
    const ttlMs = this.ask('ttl', () => policy.ttlMs(value), undefined);
    if (ttlMs === undefined) return 'ttl';
    const { staleWhileRevalidateMs, staleIfErrorMs } = policyFor(policy, value);
    const answered = {
      request,
      before: this.remember().headers,
      after: response.headers(),
      status: response.status,
      tookMs: Math.max(0, nowMs - startedAtMs),
      nowMs,
      ttlMs,
      maxTtlMs,
      staleWhileRevalidateMs,
      staleIfErrorMs,
    };
    return keep(answered, () => this.contentOf(value, answered.after));
  }

  private contentOf(value: unknown, headers: Headers): Content | undefined {
    const { cache, isJson, route } = this.parts;
    // What the codec refuses is not kept as JSON either: hidden fields of an instance would be in it.
    const body = cache.routes.encode(value, route.name);
    const json = isJson && body && isSentAsJson(fieldOf(headers, 'content-type')) && jsonBodyOf(value);
    return json ? { format: JSON_FORMAT, body: json } : body && { format: VALUE_FORMAT, body };
  }

  private ask<T>(option: string, answer: () => T, otherwise: T): T {
    try {
      return answer();
    } catch {
      const { cache, route } = this.parts;
      const { name } = route;
      cache.log.warn(`${option}:${name}`, `The "${option}" of ${name} threw: such responses are not cached.`);
      return otherwise;
    }
  }
}

// Read once: Node's, the web's, a file's, a fetched response's.
function isStream(value: unknown): boolean {
  if (value instanceof StreamableFile || value instanceof Response) return true;
  if (typeof value !== 'object' || value === null) return false;
  const { pipe, getReader, getStream } = value as Record<string, unknown>;
  return [pipe, getReader, getStream].some((method) => typeof method === 'function');
}
