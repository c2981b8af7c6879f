// Interceptors that stand around the cache, and what they may do.
import 'reflect-metadata';
import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  type NestInterceptor,
  Res,
  ServiceUnavailableException,
  UseInterceptors,
} from '@nestjs/common';
import { type Observable, retry, tap } from 'rxjs';
import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import { DynamoCacheInterceptor, DynamoCacheable } from '../../../lib';
import { PLATFORMS, openSite } from '../../support/http-site';

interface Appending {
  appendHeader?: (name: string, value: string) => void;
  getHeader(name: string): unknown;
}

/** Adds a line of its own to what has been set, as a middleware may. */
@Injectable()
class Adds implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const { headers } = http.getRequest<{ headers: Record<string, string> }>();
    const response = http.getResponse<Appending>();
    return next.handle().pipe(
      tap(() => {
        const line = `</of/${String(headers['x-name'])}>; rel=me`;
        if (response.appendHeader) response.appendHeader('Link', line);
        else (response.getHeader('Link') as string[]).push(line);
      }),
    );
  }
}

@Injectable()
class Retries implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(retry(1));
  }
}

const visitor = new AsyncLocalStorage<string>();
let failures = 0;

@Controller()
class Pages {
  @Get('linked')
  @UseInterceptors(Adds, DynamoCacheInterceptor)
  @DynamoCacheable('10m')
  async linked(@Res({ passthrough: true }) response: { header(name: string, value: string[]): void }) {
    response.header('Link', ['</a>; rel=next', '</b>; rel=prev']);
    return {};
  }

  @Get('mine')
  @UseInterceptors(Retries, DynamoCacheInterceptor)
  @DynamoCacheable('10m')
  async mine() {
    if (failures-- > 0) throw new ServiceUnavailableException();
    return { visitor: visitor.getStore() };
  }
}

const asVisitor = (request: { headers: Record<string, string> }, _response: unknown, next: () => void) => {
  visitor.run(request.headers.cookie ?? 'nobody', next);
};

describe.each(PLATFORMS)('an interceptor around the cache, on %s', (platform) => {
  it('adds to the headers of its own answer alone', async () => {
    const site = await openSite(platform, { controllers: [Pages], options: { memory: true } });
    await site.ask('/linked');
    for (const name of ['ann', 'bob']) {
      const { headers } = await site.ask('/linked', { headers: { 'X-Name': name } });
      expect(String(headers.link)).toBe(`</a>; rel=next, </b>; rel=prev, </of/${name}>; rel=me`);
    }
  });

  it('tries again without a wrapper that keeps the answer by the arguments alone', async () => {
    const site = await openSite(platform, {
      controllers: [Pages],
      configure: (app) => app.use(asVisitor),
    });
    for (const cookie of ['ann', 'bob']) {
      failures = 1;
      const { text } = await site.ask('/mine', { headers: { Cookie: cookie } });
      expect(JSON.parse(text)).toEqual({ visitor: cookie });
    }
  });
});
