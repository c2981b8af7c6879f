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
import { type DynamoCacheInterceptor, asResponseCache } from './dynamo-cache.interceptor';
import { HANDS_ON, outermostAround } from './interceptors-around';
import { HOST_APPLICATION, type HostApplication } from './host-application';

/**
 * Gives each message of a microservice, gateway or queue a request scope. HTTP requests have theirs already: where the cache
 * of a route is what comes next for one, it is asked at once, and a hit is spared Nest's way to it.
 */
@Injectable()
export class RequestScopeInterceptor implements NestInterceptor {
  readonly [HANDS_ON] = true;
  private readonly outermost = new ByHandler<object | undefined>();

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
    return this.responseCacheNextTo(context)?.intercept(context, next) ?? next.handle();
  }

  private responseCacheNextTo(context: ExecutionContext): DynamoCacheInterceptor | undefined {
    const { application } = this;
    if (!application) return undefined;
    const outermost = this.outermost.get(context, (owner, handler) =>
      outermostAround(owner, handler, application),
    );
    return asResponseCache(outermost);
  }
}
