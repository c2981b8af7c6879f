/**
 * Says of every answer in its headers where it came from and how long it took. Only this sample's page needs it; an
 * application of yours watches `stats()` and events instead.
 */
import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { type CacheEvent, onCacheEvent } from 'nestjs-dynamo-cache';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Observable, tap } from 'rxjs';

/**
 * - `hit`: it was in the cache, and fresh.
 * - `stale`: it was in the cache and past its `ttl`, but nothing had evicted it; it is read anew behind the answer.
 * - `load`: it was read from the table, by this request or by one that this request has waited for.
 */
export type Origin = 'hit' | 'stale' | 'load';

interface Answer {
  origin: Origin | undefined;
}

const ORIGINS: Partial<Record<CacheEvent['type'], Origin>> = { hit: 'hit', stale: 'stale', miss: 'load' };

@Injectable()
export class CacheReportInterceptor implements NestInterceptor, OnModuleInit, OnModuleDestroy {
  private readonly answers = new AsyncLocalStorage<Answer>();
  private stop: (() => void) | undefined;

  onModuleInit(): void {
    // An event is published in the context of the request that it belongs to.
    this.stop = onCacheEvent(({ type }) => {
      const answer = this.answers.getStore();
      if (answer) answer.origin ??= ORIGINS[type];
    });
  }

  onModuleDestroy(): void {
    this.stop?.();
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const { method } = http.getRequest<IncomingMessage>();
    const response = http.getResponse<ServerResponse>();
    const answer: Answer = { origin: undefined };
    const beganMs = performance.now();
    const answering = new Observable((subscriber) =>
      this.answers.run(answer, () => next.handle().subscribe(subscriber)),
    );
    return answering.pipe(
      tap(() => {
        // Without an event the cache had no part in it.
        if (method === 'GET') response.setHeader('x-cache', answer.origin ?? 'load');
        response.setHeader('x-time', `${(performance.now() - beganMs).toFixed(1)} ms`);
      }),
    );
  }
}
