import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { Observable, map } from 'rxjs';
import type { Computed } from '../restaurants/restaurant';
import { type RequestWork, trackWork } from './request-work';

/**
 * - `miss`: this request has read the data.
 * - `shared`: another request has computed the answer while this one waited.
 * - `hit`: the answer was there before this request came.
 */
export type Origin = 'hit' | 'miss' | 'shared';

export interface Report<T> {
  readonly cache: Origin;
  readonly time: string;
  readonly data: T;
}

/** Says of every answer where it came from and how long it took, in its headers and in its body. */
@Injectable()
export class ReportInterceptor implements NestInterceptor<Computed, Report<Computed>> {
  intercept(context: ExecutionContext, next: CallHandler<Computed>): Observable<Report<Computed>> {
    const response = context.switchToHttp().getResponse<ServerResponse>();
    const work: RequestWork = { scans: 0 };
    const began = { at: new Date(), ms: performance.now() };
    const answer = new Observable<Computed>((subscriber) =>
      trackWork(work, () => next.handle().subscribe(subscriber)),
    );
    return answer.pipe(
      map((data) => {
        const cache = work.scans > 0 ? 'miss' : data.computedAt > began.at ? 'shared' : 'hit';
        const time = `${(performance.now() - began.ms).toFixed(1)} ms`;
        response.setHeader('x-cache', cache);
        response.setHeader('x-time', time);
        return { cache, time, data };
      }),
    );
  }
}
