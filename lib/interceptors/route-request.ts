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
export function readRouteRequest(
  context: ExecutionContext,
  route: Route,
  adapter: Adapter,
  versioning: Versioning,
): RouteRequest | Bypass | Promise<RouteRequest | Bypass> {
  const request = context.getArgByIndex<RequestLike>(0);
  const sent = adapter.getRequestUrl(request) as string;
  const url = readRequestUrl(sent);
  const { http } = route;
  const bypass = bypassOf(request.headers, url.query, http.maxQueryParameters ?? 32);
  if (bypass) return bypass;
  const identify = (identity: unknown) =>
    identified({ request, sent, url, route, adapter, versioning }, identity);
  const identity: unknown = http.varyBy?.(context);
  // Any promise, not only the platform's.
  const isPending = typeof (identity as { then?: unknown } | undefined)?.then === 'function';
  return isPending ? Promise.resolve(identity).then(identify) : identify(identity);
}

interface Asked {
  readonly request: RequestLike;
  readonly sent: string;
  readonly url: RequestUrl;
  readonly route: Route;
  readonly adapter: Adapter;
  readonly versioning: Versioning;
}

/** @param identity what `varyBy` has answered */
function identified(
  { request, sent, url, route, adapter, versioning }: Asked,
  identity: unknown,
): RouteRequest | Bypass {
  const { headers, method } = request;
  if (identity !== undefined && typeof identity !== 'string') return 'vary-by';
  if (!identity) {
    const credentials = credentialsOf(headers);
    if (credentials) return credentials;
    if (request.user !== undefined && request.user !== null) return 'user';
  }
  // What the handler is given, should something have rewritten it on the way.
  const rewritten = request.raw?.url ?? request.url;
  const isHostPart = route.http.includeHost === true || route.byHost;
  const version = versionOf(versioning, headers, request);
  // In this order: it is part of the key.
  const parts: Record<string, RoutePart> = { path: url.path };
  if (url.query.text !== '') parts.query = url.query.text;
  if (rewritten !== sent) parts.rewritten = rewritten;
  if (isHostPart) parts.host = (adapter.getRequestHostname(request) as string).toLowerCase();
  if (version !== undefined) parts.version = version;
  if (identity) parts.identity = identity;
  return { method, headers, url, parts };
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
