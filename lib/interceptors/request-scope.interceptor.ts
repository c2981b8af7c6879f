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
import { DynamoCacheInterceptor } from './dynamo-cache.interceptor';
import { ByHandler } from './by-handler';
import { HOST_APPLICATION, type HostApplication } from './host-application';
import { HANDS_ON, outermostAround } from './interceptors-around';

/** Gives each message of a microservice, gateway or queue a request scope; HTTP requests have theirs already. */
@Injectable()
export class RequestScopeInterceptor implements NestInterceptor {
  readonly [HANDS_ON] = true;
  private readonly caching = new ByHandler<DynamoCacheInterceptor | undefined>();

  constructor(
    @Inject(DynamoCache) private readonly cache: DynamoCache,
    @Optional() @Inject(HOST_APPLICATION) private readonly application?: HostApplication,
  ) {}

  intercept(
    context: ExecutionContext,
    next: CallHandler,
  ): Observable<unknown> | Promise<Observable<unknown>> {
    // A test may have put something else in the cache's place.
    const cache: unknown = this.cache;
    if (!(cache instanceof DynamoCache)) return next.handle();
    if (!cache.isInScope)
      return new Observable((subscriber) => cache.runInScope(() => next.handle().subscribe(subscriber)));
    return this.cachingOf(context)?.intercept(context, next) ?? next.handle();
  }

  /** Where nothing stands between this one and the cache of a route, a hit is spared the way to it. */
  private cachingOf(context: ExecutionContext): DynamoCacheInterceptor | undefined {
    const { application } = this;
    if (!application || context.getType() !== 'http') return undefined;
    return this.caching.get(context, (owner, handler) => {
      const outermost = outermostAround(owner, handler, application);
      return isCaching(outermost) ? outermost : undefined;
    });
  }
}

// One that extends it does more than it, and would do that here and in its own place.
function isCaching(interceptor: object | undefined): interceptor is DynamoCacheInterceptor {
  return interceptor?.constructor === DynamoCacheInterceptor;
}
