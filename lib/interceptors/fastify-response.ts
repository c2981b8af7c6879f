import { type Headers, type HeaderValue } from '../http/header-values';
import { type RawResponse, type RouteResponse, endOf, textOf, textsOf } from './route-response';

/** As much of Fastify's reply as is needed. */
export interface FastifyLike {
  readonly sent: boolean;
  statusCode: number;
  readonly raw: RawResponse;
  readonly request: {
    readonly routeOptions?: { readonly schema?: { readonly response?: unknown } | undefined };
  };
  getHeader(name: string): unknown;
  getHeaders(): Record<string, unknown>;
  header(name: string, value: unknown): unknown;
  removeHeader(name: string): unknown;
}

export class FastifyResponse implements RouteResponse {
  private isDetached = false;

  constructor(private readonly reply: FastifyLike) {}

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

  get makesPlainJson(): boolean {
    if (Object.hasOwn(this.reply, 'send')) return false;
    const { routeOptions } = this.reply.request;
    // The first releases of Fastify 4 do not tell the schema.
    return routeOptions !== undefined && 'schema' in routeOptions && !routeOptions.schema?.response;
  }

  isOver(): Promise<void> {
    return endOf(this.reply.raw);
  }

  // Fastify keeps headers by itself, and takes them after it has sent them, too.
  detach(): void {
    this.isDetached = true;
  }
}
