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
    if (this.cache.isInScope) return next.handle();
    return new Observable((subscriber) => this.cache.runInScope(() => next.handle().subscribe(subscriber)));
  }
}
