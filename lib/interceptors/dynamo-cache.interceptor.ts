import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import { Observable, concatAll, from, of } from 'rxjs';
import type { HttpCacheOptions } from '../decorators/http-cache-options';
import { serveRoute } from '../decorators/served-route';
import { DynamoCache } from '../engine/dynamo-cache';
import { HOST_APPLICATION, type HostApplication } from './host-application';
import { renderCacheStatus } from '../http/cache-status';
import { NOTHING_ASKED, requestDirectivesOf } from '../http/request-directives';
import { DYNAMO_CACHE_OPTIONS } from '../tokens';
import { ExpressResponse } from './express-response';
import { FastifyResponse } from './fastify-response';
import { type Route, readRoute } from './route';
import { RouteAnswer } from './route-answer';
import { readRouteRequest } from './route-request';
import type { RouteResponse } from './route-response';
import { RouteRun } from './route-run';

/** Requests that an interceptor of this kind has in hand. */
const answering = new WeakSet();

/**
 * Caches what GET handlers answer, on a handler, a controller or, as `APP_INTERCEPTOR`, everywhere, by the rules for
 * caches that many share (RFC 9111): what may be one person's is not cached, unless `varyBy` names whose it is. Answers
 * carry `Age`, `Cache-Status` and `ETag`. Guards run before it; outside HTTP it does nothing.
 *
 * @example
 * @Controller('menus')
 * @UseInterceptors(DynamoCacheInterceptor)
 * class MenuController {
 *   @Get(':id')
 *   @DynamoCacheable('10m')
 *   async menu(@Param('id') id: string): Promise<Menu> {
 *     return loadMenu(id);
 *   }
 * }
 */
@Injectable()
export class DynamoCacheInterceptor implements NestInterceptor {
  private readonly routes = new WeakMap<object, WeakMap<object, { readonly route: Route | undefined }>>();

  constructor(
    @Inject(DynamoCache) private readonly cache: DynamoCache,
    @Inject(DYNAMO_CACHE_OPTIONS) private readonly options: { readonly http?: HttpCacheOptions },
    @Inject(HOST_APPLICATION) private readonly application: HostApplication,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    // A test may have put something else in the cache's place.
    const cache: unknown = this.cache;
    if (context.getType() !== 'http' || !(cache instanceof DynamoCache)) return next.handle();
    const route = this.routeOf(context);
    if (!route) return next.handle();
    const request = context.switchToHttp().getRequest<{ method: string }>();
    // It stands around this one, globally and on the controller: one of them is enough.
    if (answering.has(request)) return next.handle();
    answering.add(request);
    const { method } = request;
    if (route.name === undefined || !(method === 'GET' || method === 'HEAD')) return uncached(route, next);
    return from(this.answer(context, { ...route, name: route.name }, next)).pipe(concatAll());
  }

  private async answer(
    context: ExecutionContext,
    route: Route & { readonly name: string },
    next: CallHandler,
  ): Promise<Observable<unknown>> {
    const response = this.responseOf(context);
    const request = await this.requestOf(context, route);
    const bypass = (detail: string) => {
      response.setHeader('Cache-Status', renderCacheStatus({ hit: false, fwd: 'bypass', detail }));
      return uncached(route, next);
    };
    if (typeof request === 'string') return bypass(request);
    const directives =
      route.http.clientDirectives === 'ignore' ? NOTHING_ASKED : requestDirectivesOf(request.headers);
    if (directives.noStore && !directives.onlyIfCached) return bypass('no-store');
    const tags = this.tagsOf(context, route);
    if (!tags) return bypass('tags');
    const { cache } = this;
    const policy = cache.routes.policyOf(route.options);
    const run = new RouteRun({ cache, route, policy, request: request.headers, response, next });
    const answer = new RouteAnswer({
      cache,
      name: route.name,
      policy,
      request,
      response,
      directives,
      tags,
      run,
    });
    const { value } = await answer.give();
    return of(value);
  }

  private async requestOf(context: ExecutionContext, route: Route): ReturnType<typeof readRouteRequest> {
    try {
      return await readRouteRequest(
        context,
        route,
        this.application.adapterHost.httpAdapter,
        this.application.config.getVersioning(),
      );
    } catch {
      this.cache.log.warn(
        `varyBy:${route.name ?? ''}`,
        `The "varyBy" or the versioning of ${route.name ?? 'a route'} threw: such requests are not cached.`,
      );
      return 'vary-by';
    }
  }

  private tagsOf(context: ExecutionContext, { name, options, http }: Route): readonly string[] | undefined {
    const fixed = typeof options.tags === 'function' ? [] : (options.tags ?? []);
    try {
      return [...fixed, ...(http.tags?.(context) ?? [])];
    } catch {
      this.cache.log.warn(
        `tags:${name ?? ''}`,
        `The "tags" of ${name ?? 'a route'} threw: such requests are not cached.`,
      );
      return undefined;
    }
  }

  private responseOf(context: ExecutionContext): RouteResponse {
    const response = context.switchToHttp().getResponse<never>();
    return this.application.adapterHost.httpAdapter.getType() === 'fastify'
      ? new FastifyResponse(response)
      : new ExpressResponse(response);
  }

  private routeOf(context: ExecutionContext): Route | undefined {
    const owner = context.getClass();
    const handler = context.getHandler();
    let ofClass = this.routes.get(owner);
    if (!ofClass) this.routes.set(owner, (ofClass = new WeakMap()));
    const known = ofClass.get(handler);
    if (known) return known.route;
    const route = readRoute(owner, handler, this.options.http ?? {}, this.cache);
    ofClass.set(handler, { route });
    return route;
  }
}

/** The handler, its wrappers out of the way: what is not to be cached by request is not cached by arguments either. */
function uncached({ caching }: Route, next: CallHandler): Observable<unknown> {
  if (caching.length === 0) return next.handle();
  return new Observable((subscriber) =>
    serveRoute({ expected: new Set(caching) }, () => next.handle().subscribe(subscriber)),
  );
}
