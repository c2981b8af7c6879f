/**
 * Opens a request scope for every HTTP request, before guards run. Express continues a request inside `next()`.
 * Fastify reads the body in between, by parsers and hooks of the application that may go on in a context which is not
 * the request's. So there the scope opens after the body: in a hook, not in a middleware. And there the hook knows the
 * route: where nothing but the handler has use for a scope, it opens around the handler, and a hit goes without.
 */
import type { HttpServer } from '@nestjs/common';
import type { DynamoCache } from '../engine/dynamo-cache';
import { hooksAt } from './fastify-hooks';

interface FastifyRequest {
  readonly routeOptions?: { readonly config?: object };
}

interface FastifyLike {
  addHook(
    name: 'preValidation',
    hook: (request: FastifyRequest, reply: unknown, done: () => void) => void,
  ): unknown;
}

/** Routes of Fastify, by their configuration, whose scopes open around their handlers. */
const openLate = new WeakSet<object>();

export function openRequestScopes(adapter: HttpServer, cache: DynamoCache): void {
  if (adapter.getType() === 'fastify') {
    const openRequestScope = ({ routeOptions }: FastifyRequest, _reply: unknown, done: () => void) => {
      if (routeOptions?.config && openLate.has(routeOptions.config)) done();
      else cache.runInScope(done);
    };
    (adapter.getInstance() as FastifyLike).addHook('preValidation', openRequestScope);
    return;
  }
  adapter.use((_request: unknown, _response: unknown, next: () => void) => {
    cache.runInScope(next);
  });
}

/** Whether a server lets a scope be opened later than by its hook: no other hook of it runs in between. */
export function canOpenLater(adapter: HttpServer): boolean {
  if (adapter.getType() !== 'fastify') return false;
  const [hook, ...others] = hooksAt(adapter, 'preValidation', 'preHandler') ?? [];
  return hook === 'openRequestScope()' && others.length === 0;
}

/** Leaves the scopes of the requests to come for a route to RequestScopeInterceptor. */
export function openLater({ routeOptions }: FastifyRequest): void {
  if (routeOptions?.config) openLate.add(routeOptions.config);
}
