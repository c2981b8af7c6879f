import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { type CacheEvent, onCacheEvent } from 'nestjs-dynamo-cache';
import { Observable, map } from 'rxjs';

/** `shared`: out of Redis or the cache table; `database`: loaded for this request, or for another one it waited for. */
export type Origin = 'memory' | 'shared' | 'database';

export interface Report<T> {
  readonly from: Origin;
  readonly time: string;
  readonly data: T;
}

/** Says of every answer where it came from and how long it took, in its headers and in its body. Only for this sample. */
@Injectable()
export class ReportInterceptor implements NestInterceptor<unknown, Report<unknown>>, OnApplicationShutdown {
  // Events are published in the context of the request whose call they tell of.
  private readonly requests = new AsyncLocalStorage<{ from: Origin }>();
  private readonly stop = onCacheEvent((event) => {
    const request = this.requests.getStore();
    if (request) request.from = originOf(event) ?? request.from;
  });

  onApplicationShutdown(): void {
    this.stop();
  }

  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<Report<unknown>> {
    const response = context.switchToHttp().getResponse<ServerResponse>();
    const request: { from: Origin } = { from: 'database' };
    const began = performance.now();
    const answer = new Observable((subscriber) =>
      this.requests.run(request, () => next.handle().subscribe(subscriber)),
    );
    return answer.pipe(
      map((data) => {
        const time = `${(performance.now() - began).toFixed(1)} ms`;
        response.setHeader('x-from', request.from);
        response.setHeader('x-time', time);
        return { from: request.from, time, data };
      }),
    );
  }
}

function originOf(event: CacheEvent): Origin | undefined {
  if (event.type !== 'hit') return undefined;
  return event.source === 'table' ? 'shared' : 'memory';
}
