/**
 * Opens a request scope for every HTTP request, before guards run. Express continues a request inside `next()`.
 * Fastify reads the body in between, by parsers and hooks of the application that may go on in a context which is not
 * the request's. So there the scope opens after the body: in a hook, not in a middleware.
 */
import type { HttpServer } from '@nestjs/common';
import type { DynamoCache } from '../engine/dynamo-cache';

interface FastifyLike {
  addHook(name: 'preValidation', hook: (request: unknown, reply: unknown, done: () => void) => void): unknown;
}

export function openRequestScopes(adapter: HttpServer, cache: DynamoCache): void {
  if (adapter.getType() === 'fastify') {
    (adapter.getInstance() as FastifyLike).addHook('preValidation', (_request, _reply, done) => {
      cache.runInScope(done);
    });
    return;
  }
  adapter.use((_request: unknown, _response: unknown, next: () => void) => {
    cache.runInScope(next);
  });
}
