import type { ExecutionContext } from '@nestjs/common';
import { assertFlag, assertFunction, assertKnown, assertOneOf, assertRecord } from '../assertions';
import { InvalidOptionsError } from '../invalid-options-error';

/**
 * How `DynamoCacheInterceptor` caches responses: of all routes in `forRoot({ http })`, of one in
 * `@DynamoCacheable({ http })`.
 *
 * @example
 * class MenuController {
 *   @Get('menus/:id')
 *   @DynamoCacheable({ ttl: '10m', http: { clientDirectives: 'ignore' } })
 *   async menu(@Param('id') id: string): Promise<Menu> {
 *     return loadMenu(id);
 *   }
 * }
 */
export interface HttpCacheOptions {
  /**
   * Whom a response is for: a text that becomes part of the key, such as the id of the user or the tenant. A request with
   * `Authorization`, `Cookie` or a `request.user` is cached only when this names somebody; when it throws, or returns
   * anything but a text, the request passes by the cache.
   * @default nobody: such requests are not cached
   */
  varyBy?: (context: ExecutionContext) => string | undefined | Promise<string | undefined>;
  /**
   * Whether what clients ask for in `Cache-Control` (`no-cache`, `no-store`, `max-age`, `min-fresh`, `max-stale`,
   * `only-if-cached`) is heeded. With 'ignore' no client can make the handler run.
   * @default 'honour'
   */
  clientDirectives?: 'honour' | 'ignore';
  /** Whether the host that was asked is part of the key, for handlers that answer differently by host. @default false */
  includeHost?: boolean;
  /** Requests with more distinct query parameters than this pass by the cache. @default 32 */
  maxQueryParameters?: number;
  /**
   * In which form a response that is an object or a list is kept. With 'json' it is the JSON that clients are sent: hits
   * neither decode nor serialize. This asks that nothing behind the cache wants the object. Where that can be seen to be
   * otherwise, the value is kept: another interceptor around the cache, Express's `json …` settings, a response schema of
   * Fastify's route. Where it cannot, it is passed by: Fastify's `preSerialization` hooks and serializers, an adapter of one's
   * own, a `json` put on all of Express's responses.
   * @default 'value'
   */
  body?: 'value' | 'json';
  /** Tags a response depends on, by the request: `evictTags` of one of them makes it gone. @default none */
  tags?: (context: ExecutionContext) => readonly string[];
}

// Typed so that the compiler complains when an option is added to the interface and not here.
const HTTP: Record<keyof HttpCacheOptions, true> = {
  varyBy: true,
  clientDirectives: true,
  includeHost: true,
  maxQueryParameters: true,
  body: true,
  tags: true,
};

/** @throws InvalidOptionsError when an option cannot work */
export function assertHttpOptions(http: unknown, option: string): void {
  if (http === undefined) return;
  assertRecord(http, option, "{ clientDirectives: 'ignore' }");
  assertKnown(http, HTTP, `${option}.`);
  const { body, varyBy, clientDirectives, includeHost, maxQueryParameters, tags } = http as HttpCacheOptions;
  assertFunction(varyBy, `${option}.varyBy`, 'varyBy: (context) => userOf(context).id');
  assertFunction(tags, `${option}.tags`, 'tags: (context) => [`menu:${idOf(context)}`]');
  assertFlag(includeHost, `${option}.includeHost`);
  assertOneOf(clientDirectives, ['honour', 'ignore'], `${option}.clientDirectives`);
  assertOneOf(body, ['value', 'json'], `${option}.body`);
  if (
    maxQueryParameters !== undefined &&
    !(Number.isSafeInteger(maxQueryParameters) && maxQueryParameters >= 0)
  ) {
    throw new InvalidOptionsError(`${option}.maxQueryParameters`, 'write a whole number, 0 or more');
  }
}
