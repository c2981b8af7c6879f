/** What a request asks for, the same on Express and Fastify, and which key that has. */
import { type ApplicationConfig, type HttpAdapterHost } from '@nestjs/core';
import type { ExecutionContext } from '@nestjs/common';
import { type Bypass, bypassOf, credentialsOf } from '../http/bypass';
import { type Headers, fieldOf } from '../http/header-values';
import { type RequestUrl, readRequestUrl } from '../http/request-url';
import type { RoutePart } from '../key/route-key';
import type { Route } from './route';

interface RequestLike {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly raw?: { readonly url: string };
  /** Who a guard has found it to be. */
  readonly user?: unknown;
}

export interface RouteRequest {
  readonly method: string;
  readonly headers: Headers;
  readonly url: RequestUrl;
  /** What tells one response of the handler from another. */
  readonly parts: Readonly<Record<string, RoutePart>>;
}

type Adapter = HttpAdapterHost['httpAdapter'];
type Versioning = ReturnType<ApplicationConfig['getVersioning']>;

/** @throws what `varyBy` or a versioning function throws */
export async function readRouteRequest(
  context: ExecutionContext,
  { http, byHost }: Route,
  adapter: Adapter,
  versioning: Versioning,
): Promise<RouteRequest | Bypass> {
  const request = context.switchToHttp().getRequest<RequestLike>();
  const { headers } = request;
  const sent = adapter.getRequestUrl(request) as string;
  const url = readRequestUrl(sent);
  const bypass = bypassOf(headers, url.query, http.maxQueryParameters ?? 32);
  if (bypass) return bypass;
  const identity: unknown = await http.varyBy?.(context);
  if (identity !== undefined && typeof identity !== 'string') return 'vary-by';
  if (!identity) {
    const credentials = credentialsOf(headers);
    if (credentials) return credentials;
    if (request.user !== undefined && request.user !== null) return 'user';
  }
  // What the handler is given, should something have rewritten it on the way.
  const rewritten = request.raw?.url ?? request.url;
  const host = http.includeHost || byHost ? (adapter.getRequestHostname(request) as string) : undefined;
  const version = versionOf(versioning, headers, request);
  return {
    method: request.method,
    headers,
    url,
    parts: {
      path: url.path,
      ...(url.query.text !== '' && { query: url.query.text }),
      ...(rewritten !== sent && { rewritten }),
      ...(host !== undefined && { host: host.toLowerCase() }),
      ...(version !== undefined && { version }),
      ...(identity && { identity }),
    },
  };
}

// Of one URL, a handler may serve several versions. Nest's `VersioningType`: 1 by a header, 2 by the media type, 3 by a
// function.
function versionOf(versioning: Versioning, headers: Headers, request: unknown): RoutePart | undefined {
  switch (versioning?.type as number | undefined) {
    case 1:
      return fieldOf(headers, (versioning as { header: string }).header.toLowerCase()) ?? null;
    case 2:
      return mediaVersionOf(fieldOf(headers, 'accept') ?? '', (versioning as { key: string }).key);
    case 3:
      return (versioning as { extractor: (request: unknown) => string | string[] }).extractor(request);
    default:
      return undefined;
  }
}

function mediaVersionOf(accept: string, key: string): string {
  const start = accept.indexOf(key);
  return start < 0 ? '' : accept.slice(start + key.length);
}
