/** Puts an answer on the response: headers, status, and whether the client has it already. */
import { type CacheStatus, renderCacheStatus } from '../http/cache-status';
import { describesContent, isNotModified } from '../http/conditional';
import { type Headers } from '../http/header-values';
import { JSON_TYPE } from '../http/json-body';
import { JSON_FORMAT } from '../http/stored-response';
import type { FoundResponse } from './found-response';
import type { RouteResponse } from './route-response';
import type { OwnAnswer } from './route-run';

/** What is sent; a response without content sends nothing. */
export interface Sent {
  readonly value: unknown;
}

const NO_CONTENT: Sent = { value: undefined };

export class RouteReply {
  constructor(
    private readonly request: Headers,
    private readonly response: RouteResponse,
  ) {}

  /** The answer of the handler that has run for this request, and has set its headers. */
  own({ value, kept }: OwnAnswer, status: CacheStatus): Sent {
    const { response } = this;
    // Somebody has answered already, and Node would refuse more headers.
    if (response.isSent) return { value };
    this.say(status);
    if (typeof kept === 'string') return { value };
    const { body, format, headers } = kept.response;
    if (headers.etag !== undefined) response.setHeader('ETag', headers.etag);
    if (isNotModified(this.request, response.status, response.headers())) return this.notModified();
    if (format !== JSON_FORMAT) return { value };
    response.setHeader('Content-Type', JSON_TYPE);
    return { value: body };
  }

  /** Whether a stored response can be sent: a 304 needs nothing of its body. */
  canSend(found: FoundResponse): boolean {
    const { headers, status } = found.response;
    return isNotModified(this.request, status, headers) || found.body !== undefined;
  }

  /** @returns undefined when its body cannot be decoded, and nothing has been set */
  stored(found: FoundResponse, status: CacheStatus): Sent | undefined {
    const { headers, removed, status: code } = found.response;
    const isKnown = isNotModified(this.request, code, headers);
    const sent = isKnown ? NO_CONTENT : found.body;
    if (!sent) return undefined;
    for (const name of removed) this.response.removeHeader(name);
    // What is stored answers others, too, and Node's appendHeader adds to the very list that was set.
    for (const [name, value] of Object.entries(headers))
      this.response.setHeader(name, Array.isArray(value) ? [...value] : value);
    this.response.setHeader('Age', String(Math.floor(found.times.ageMs / 1_000)));
    this.say(status);
    this.response.status = code;
    return isKnown ? this.notModified() : sent;
  }

  /** Says what the cache did, behind what caches nearer to the origin have said. */
  say(status: CacheStatus): void {
    const before = this.response.header('cache-status');
    this.response.setHeader('Cache-Status', renderCacheStatus(status, before));
  }

  private notModified(): Sent {
    for (const name of Object.keys(this.response.headers())) {
      if (describesContent(name)) this.response.removeHeader(name);
    }
    this.response.status = 304;
    return NO_CONTENT;
  }
}
