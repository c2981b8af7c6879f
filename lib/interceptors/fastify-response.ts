import type { HttpServer } from '@nestjs/common';
import { prototypesOf } from '../decorators/cached-methods';
import { type Headers, type HeaderValue } from '../http/header-values';
import { hooksAt } from './fastify-hooks';
import { type RawResponse, type RouteResponse, endOf, textOf, textsOf } from './route-response';

/** As much of Fastify's reply as is needed. */
export interface FastifyLike {
  readonly sent: boolean;
  statusCode: number;
  readonly raw: RawResponse;
  getHeader(name: string): unknown;
  getHeaders(): Record<string, unknown>;
  header(name: string, value: unknown): unknown;
  removeHeader(name: string): unknown;
  serialize(payload: unknown): unknown;
  readonly request: {
    readonly routeOptions?: { readonly schema: { readonly response?: unknown } | undefined };
  };
}

export class FastifyResponse implements RouteResponse {
  private isDetached = false;

  /** @param isSentAsIs whether nobody does anything about a value between here and Fastify's serializer */
  constructor(
    private readonly reply: FastifyLike,
    private readonly isSentAsIs: boolean,
  ) {}

  get canBeWritten(): boolean {
    return this.isSentAsIs && this.reply.getHeader('content-type') === undefined;
  }

  get status(): number {
    return this.reply.statusCode;
  }

  set status(status: number) {
    this.reply.statusCode = status;
  }

  get isSent(): boolean {
    return !this.isDetached && (this.reply.sent || this.reply.raw.headersSent);
  }

  headers(): Headers {
    return textsOf(this.reply.getHeaders());
  }

  header(name: string): string | undefined {
    return textOf(this.reply.getHeader(name));
  }

  setHeader(name: string, value: HeaderValue): void {
    this.reply.header(name, value);
  }

  removeHeader(name: string): void {
    this.reply.removeHeader(name);
  }

  // By the serializer of the application, if it has one. A schema may be another for each type of content.
  written(value: unknown): string | undefined {
    const { routeOptions } = this.reply.request;
    if (!this.canBeWritten || !routeOptions || !('schema' in routeOptions) || routeOptions.schema?.response)
      return undefined;
    const written = isPlain(value) ? this.reply.serialize(value) : undefined;
    return typeof written === 'string' ? written : undefined;
  }

  isOver(): Promise<void> {
    return endOf(this.reply.raw);
  }

  // Fastify keeps headers by itself, and takes them after it has sent them, too.
  detach(): void {
    this.isDetached = true;
  }
}

const sentAsIs = new WeakMap<object, boolean>();

/**
 * Whether what Nest is given of a handler reaches Fastify's serializer as it is: neither does a hook see it first, nor an
 * adapter of the application's own.
 */
export function isSentAsIs(adapter: HttpServer): boolean {
  let known = sentAsIs.get(adapter);
  if (known === undefined)
    sentAsIs.set(
      adapter,
      (known = hasNestsReply(adapter) && hooksAt(adapter, 'preSerialization')?.size === 0),
    );
  return known;
}

function hasNestsReply(adapter: object): boolean {
  if (Object.hasOwn(adapter, 'reply')) return false;
  const [owner] = [...prototypesOf(adapter)].filter((prototype) => Object.hasOwn(prototype, 'reply'));
  return owner?.constructor.name === 'FastifyAdapter';
}

/** What Fastify makes JSON of, and nothing else: it has ways of its own with errors, bytes and streams. */
function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || 'buffer' in value) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}
