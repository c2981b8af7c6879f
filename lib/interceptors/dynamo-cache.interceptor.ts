import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
  Optional,
} from '@nestjs/common';
import { Observable, of } from 'rxjs';
import type { HttpCacheOptions } from '../decorators/http-cache-options';
import { isServing, serveRoute } from '../decorators/served-route';
import { DynamoCache } from '../engine/dynamo-cache';
import type { Bypass } from '../http/bypass';
import { renderCacheStatus } from '../http/cache-status';
import { isSentAsJson } from '../http/json-body';
import { NOTHING_ASKED, requestDirectivesOf } from '../http/request-directives';
import { isPromise } from '../is-promise';
import { DYNAMO_CACHE_OPTIONS } from '../tokens';
import { ByHandler } from './by-handler';
import { ExpressResponse } from './express-response';
import { FastifyResponse } from './fastify-response';
import { HOST_APPLICATION, type HostApplication } from './host-application';
import { outermostAround } from './interceptors-around';
import { type CachedRoute, type Route, isCached, readRoute } from './route';
import { RouteAnswer } from './route-answer';
import { type RouteRequest, readRouteRequest } from './route-request';
import type { RouteResponse } from './route-response';
import { RouteRun } from './route-run';

/** Marks the context of a request that an interceptor of this kind has in hand: all that stand around it share one. */
const ANSWERING = Symbol('answering');

const NO_TAGS: readonly string[] = [];

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
  private readonly routes = new ByHandler<Route | undefined>();

  constructor(
    @Inject(DynamoCache) private readonly cache: DynamoCache,
    @Inject(DYNAMO_CACHE_OPTIONS) private readonly options: { readonly http?: HttpCacheOptions },
    @Optional() @Inject(HOST_APPLICATION) private readonly application: HostApplication | undefined,
  ) {}

  /** What is at hand in this process is answered without a wait: a promise more is what a hit takes longest for. */
  intercept(
    context: ExecutionContext,
    next: CallHandler,
  ): Observable<unknown> | Promise<Observable<unknown>> {
    // A test may have put something else in the cache's place.
    const cache: unknown = this.cache;
    if (context.getType() !== 'http' || !(cache instanceof DynamoCache)) return next.handle();
    const route = this.routeOf(context);
    if (!route) return next.handle();
    // It stands around this one, globally and on the controller: one of them is enough. Or this is another try of one
    // that stands around both, such as rxjs' retry().
    const marked = context as { [ANSWERING]?: true };
    if (marked[ANSWERING]) return isServing(route.caching) ? next.handle() : uncached(route, next);
    marked[ANSWERING] = true;
    const { method } = context.getArgByIndex<{ method: string }>(0);
    const { application } = this;
    // Without the module, as where a test provides a cache of its own, nothing tells of the adapter and its versions.
    if (!application || !isCached(route) || !(method === 'GET' || method === 'HEAD'))
      return uncached(route, next);
    const asked = this.requestOf(context, application, route);
    const response = responseOf(context, application);
    return isPromise(asked)
      ? asked.then((request) => this.answer(context, response, route, request, next))
      : this.answer(context, response, route, asked, next);
  }

  private answer(
    context: ExecutionContext,
    response: RouteResponse,
    route: CachedRoute,
    request: RouteRequest | Bypass,
    next: CallHandler,
  ): Observable<unknown> | Promise<Observable<unknown>> {
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
    const { name } = route;
    const policy = cache.routes.policyOf(route.options);
    const isJson = route.keepsJson && this.canSendJson(response);
    const run = new RouteRun({ cache, route, policy, request: request.headers, response, next, isJson });
    const answer = new RouteAnswer({ cache, name, policy, request, response, directives, tags, run, isJson });
    const sent = answer.give();
    return isPromise(sent) ? sent.then(({ value }) => of(value)) : of(sent.value);
  }

  private canSendJson(response: RouteResponse): boolean {
    if (asResponseCache(this) !== this || !response.makesPlainJson) return false;
    return isSentAsJson(response.header('content-type'));
  }

  private requestOf(
    context: ExecutionContext,
    { adapterHost, config }: HostApplication,
    route: CachedRoute,
  ): RouteRequest | Bypass | Promise<RouteRequest | Bypass> {
    try {
      const asked = readRouteRequest(context, route, adapterHost.httpAdapter, config.getVersioning());
      return isPromise(asked) ? asked.catch(() => this.refuse(route)) : asked;
    } catch {
      return this.refuse(route);
    }
  }

  private refuse({ name }: CachedRoute): Bypass {
    this.cache.log.warn(
      `varyBy:${name}`,
      `The "varyBy" or the versioning of ${name} threw: such requests are not cached.`,
    );
    return 'vary-by';
  }

  private tagsOf(
    context: ExecutionContext,
    { name, options, http }: CachedRoute,
  ): readonly string[] | undefined {
    const fixed = typeof options.tags === 'function' ? NO_TAGS : (options.tags ?? NO_TAGS);
    if (!http.tags) return fixed;
    try {
      const own: unknown = http.tags(context);
      // A text is a list of letters to JavaScript, and would become as many tags.
      if (Array.isArray(own)) return [...fixed, ...(own as string[])];
      this.cache.log.warn(
        `tags:${name}`,
        `The "tags" of ${name} gave no list: such requests are not cached.`,
      );
    } catch {
      this.cache.log.warn(`tags:${name}`, `The "tags" of ${name} threw: such requests are not cached.`);
    }
    return undefined;
  }

  private routeOf(context: ExecutionContext): Route | undefined {
    const { application, cache, options } = this;
    return this.routes.get(context, (owner, handler) => {
      const isOutermost = () =>
        application !== undefined && outermostAround(owner, handler, application) === this;
      return readRoute(owner, handler, { cache, defaults: options.http ?? {}, isOutermost });
    });
  }
}

/** As long as nobody has put something around it, a test's spy or what traces calls. */
const OWN_INTERCEPT: unknown = Object.getOwnPropertyDescriptor(
  DynamoCacheInterceptor.prototype,
  'intercept',
)?.value;

/** An interceptor that is this library's and nothing else: one that extends it may do more with what it is given. */
export function asResponseCache(interceptor: object | undefined): DynamoCacheInterceptor | undefined {
  const isOwn = interceptor instanceof DynamoCacheInterceptor && interceptor.intercept === OWN_INTERCEPT;
  return isOwn ? interceptor : undefined;
}

/** The handler, its wrappers out of the way: what is not to be cached by request is not cached by arguments either. */
function uncached({ caching }: Route, next: CallHandler): Observable<unknown> {
  if (caching.length === 0) return next.handle();
  return new Observable((subscriber) =>
    serveRoute({ expected: new Set(caching) }, () => next.handle().subscribe(subscriber)),
  );
}

function responseOf(context: ExecutionContext, { adapterHost }: HostApplication): RouteResponse {
  const response = context.getArgByIndex<never>(1);
  return adapterHost.httpAdapter.getType() === 'fastify'
    ? new FastifyResponse(response)
    : new ExpressResponse(response);
}
