import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import { Observable } from 'rxjs';
import { DynamoCache } from '../engine/dynamo-cache';
import { DynamoCacheInterceptor } from './dynamo-cache.interceptor';
import { HOST_APPLICATION, type HostApplication } from './host-application';
import { interceptorAfter } from './next-interceptor';

/**
 * Gives each message of a microservice, gateway or queue a request scope. HTTP requests have theirs already; where the
 * cache of responses comes next, it is asked from here, which saves a hit the way through one more interceptor.
 */
@Injectable()
export class RequestScopeInterceptor implements NestInterceptor {
  private readonly next = new WeakMap<
    object,
    WeakMap<object, { readonly cache: DynamoCacheInterceptor | undefined }>
  >();

  constructor(
    @Inject(DynamoCache) private readonly cache: DynamoCache,
    @Inject(HOST_APPLICATION) private readonly application: HostApplication,
  ) {}

  intercept(
    context: ExecutionContext,
    next: CallHandler,
  ): Observable<unknown> | Promise<Observable<unknown>> {
    // A test may have put something else in the cache's place.
    const cache: unknown = this.cache;
    if (!(cache instanceof DynamoCache)) return next.handle();
    if (!cache.isInScope) {
      return new Observable((subscriber) => cache.runInScope(() => next.handle().subscribe(subscriber)));
    }
    const following = context.getType() === 'http' ? this.cacheAfter(context) : undefined;
    return following ? following.intercept(context, next) : next.handle();
  }

  private cacheAfter(context: ExecutionContext): DynamoCacheInterceptor | undefined {
    const owner = context.getClass();
    const handler = context.getHandler();
    let ofClass = this.next.get(owner);
    if (!ofClass) this.next.set(owner, (ofClass = new WeakMap()));
    const known = ofClass.get(handler);
    if (known) return known.cache;
    const after = interceptorAfter(this, context, this.application);
    // One with an `intercept` of its own would do that twice on a miss, when Nest comes to it.
    const isCache =
      after instanceof DynamoCacheInterceptor &&
      after.intercept === DynamoCacheInterceptor.prototype.intercept;
    const cache = isCache ? after : undefined;
    ofClass.set(handler, { cache });
    return cache;
  }
}
