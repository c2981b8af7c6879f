import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import { Observable } from 'rxjs';
import { DynamoCache } from '../engine/dynamo-cache';

/** Gives each message of a microservice, gateway or queue a request scope; HTTP requests have theirs already. */
@Injectable()
export class RequestScopeInterceptor implements NestInterceptor {
  constructor(@Inject(DynamoCache) private readonly cache: DynamoCache) {}

  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    // A test may have put something else in the cache's place.
    const cache: unknown = this.cache;
    if (!(cache instanceof DynamoCache) || cache.isInScope) return next.handle();
    return new Observable((subscriber) => cache.runInScope(() => next.handle().subscribe(subscriber)));
  }
}
