import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
  Optional,
} from '@nestjs/common';
import { Observable } from 'rxjs';
import { DynamoCache } from '../engine/dynamo-cache';
import { ByHandler } from './by-handler';
import { DynamoCacheInterceptor } from './dynamo-cache.interceptor';
import { HANDS_ON, outermostAround } from './enhancers-around';
import { HOST_APPLICATION, type HostApplication } from './host-application';

/** Gives each message of a microservice, gateway or queue a request scope; HTTP requests have theirs, or need none yet. */
@Injectable()
export class RequestScopeInterceptor implements NestInterceptor {
  readonly [HANDS_ON] = true;
  private readonly caching = new ByHandler<DynamoCacheInterceptor | undefined>();

  constructor(
    @Inject(DynamoCache) private readonly cache: DynamoCache,
    @Optional() @Inject(HOST_APPLICATION) private readonly application?: HostApplication,
  ) {}

  /** Where the cache of a route is what comes next, it is asked at once: a hit is spared the way to it. */
  intercept(
    context: ExecutionContext,
    next: CallHandler,
  ): Observable<unknown> | Promise<Observable<unknown>> {
    // A test may have put something else in the cache's place.
    const cache: unknown = this.cache;
    if (!(cache instanceof DynamoCache)) return next.handle();
    const inScope = cache.isInScope ? next : { handle: () => openScope(cache, next) };
    return this.cachingOf(context)?.intercept(context, inScope) ?? inScope.handle();
  }

  private cachingOf(context: ExecutionContext): DynamoCacheInterceptor | undefined {
    const { application } = this;
    if (!application || context.getType() !== 'http') return undefined;
    const owner = context.getClass();
    const handler = context.getHandler();
    return this.caching.get(owner, handler, () => {
      const outermost = outermostAround(owner, handler, application);
      return isCaching(outermost) ? outermost : undefined;
    });
  }
}

function openScope(cache: DynamoCache, next: CallHandler): Observable<unknown> {
  return new Observable((subscriber) => cache.runInScope(() => next.handle().subscribe(subscriber)));
}

// One that extends it does more than it, and would do that here and in its own place.
function isCaching(interceptor: object | undefined): interceptor is DynamoCacheInterceptor {
  return interceptor?.constructor === DynamoCacheInterceptor;
}
