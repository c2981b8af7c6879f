// What else Nest does with a request still happens when the answer comes out of the cache.
import 'reflect-metadata';
import {
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  Catch,
  ClassSerializerInterceptor,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  HttpException,
  Injectable,
  type NestInterceptor,
  NotFoundException,
  Param,
  ParseIntPipe,
  Query,
  Req,
  UnauthorizedException,
  UseFilters,
  UseGuards,
  UseInterceptors,
  ValidationPipe,
  VersioningType,
} from '@nestjs/common';
import { APP_INTERCEPTOR, HttpAdapterHost } from '@nestjs/core';
import { Exclude, Expose, Type } from 'class-transformer';
import { IsInt, Max } from 'class-validator';
import { type Observable, map } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { DynamoCacheInterceptor, DynamoCacheable } from '../../../lib';
import { PLATFORMS, type Site, openSite } from '../../support/http-site';

/** How often each part was asked. */
const asked = { handler: 0, guard: 0, inner: 0, outer: 0 };
beforeEach(() => {
  Object.assign(asked, { handler: 0, guard: 0, inner: 0, outer: 0 });
});

@Injectable()
class Admitted implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    asked.guard++;
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    if (headers['x-ticket'] === 'none') throw new UnauthorizedException();
    return headers['x-ticket'] !== 'wrong';
  }
}

@Injectable()
class Outer implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler<object>): Observable<object> {
    asked.outer++;
    return next.handle().pipe(map((body) => ({ ...body, outer: asked.outer })));
  }
}

@Injectable()
class Inner implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler<object>): Observable<object> {
    asked.inner++;
    return next.handle().pipe(map((body) => ({ ...body, inner: asked.inner })));
  }
}

class Amount {
  @Type(() => Number)
  @IsInt()
  @Max(100)
  amount!: number;
}

class Account {
  id!: string;

  @Exclude()
  password!: string;

  constructor(fields: { id: string; password: string }) {
    Object.assign(this, fields);
  }

  @Expose()
  get shout(): string {
    return this.id.toUpperCase();
  }
}

/** Named in `types`, so that what is loaded from the cache is an Account again. */
class KnownAccount extends Account {}

@Catch(NotFoundException)
class Teapot implements ExceptionFilter {
  constructor(private readonly host: HttpAdapterHost) {}

  catch(exception: HttpException, host: ArgumentsHost): void {
    this.host.httpAdapter.reply(host.switchToHttp().getResponse(), { filtered: exception.message }, 418);
  }
}

@Controller('things')
class ThingsController {
  @Get('guarded')
  @UseGuards(Admitted)
  @UseInterceptors(DynamoCacheInterceptor)
  @DynamoCacheable('10m')
  async guarded(): Promise<object> {
    return { nth: ++asked.handler };
  }

  @Get('between')
  @UseInterceptors(Outer, DynamoCacheInterceptor, Inner)
  @DynamoCacheable('10m')
  async between(): Promise<object> {
    return { nth: ++asked.handler };
  }

  @Get('checked')
  @UseInterceptors(DynamoCacheInterceptor)
  @DynamoCacheable('10m')
  async checked(@Query(new ValidationPipe({ transform: true })) query: Amount): Promise<object> {
    asked.handler++;
    return { isAmount: query instanceof Amount, amount: query.amount };
  }

  @Get('numbered/:id')
  @UseInterceptors(DynamoCacheInterceptor)
  @DynamoCacheable('10m')
  async numbered(@Param('id', ParseIntPipe) id: number): Promise<object> {
    asked.handler++;
    return { id, type: typeof id };
  }

  @Get('account/inside')
  @UseInterceptors(DynamoCacheInterceptor, ClassSerializerInterceptor)
  @DynamoCacheable('10m')
  async inside(): Promise<Account> {
    asked.handler++;
    return new Account({ id: 'ann', password: 'secret' });
  }

  @Get('account/outside')
  @UseInterceptors(ClassSerializerInterceptor, DynamoCacheInterceptor)
  @DynamoCacheable('10m')
  async outside(): Promise<Account> {
    asked.handler++;
    return new Account({ id: 'ann', password: 'secret' });
  }

  @Get('account/known')
  @UseInterceptors(ClassSerializerInterceptor, DynamoCacheInterceptor)
  @DynamoCacheable('10m')
  async known(): Promise<object> {
    asked.handler++;
    return { accounts: [new KnownAccount({ id: 'ann', password: 'secret' })] };
  }

  @Get('missing')
  @UseInterceptors(DynamoCacheInterceptor)
  @DynamoCacheable('10m')
  async missing(): Promise<object> {
    asked.handler++;
    throw new NotFoundException('no such thing');
  }

  @Get('filtered')
  @UseFilters(Teapot)
  @UseInterceptors(DynamoCacheInterceptor)
  @DynamoCacheable('10m')
  async filtered(): Promise<object> {
    asked.handler++;
    throw new NotFoundException('no such thing');
  }

  @Get('sometimes')
  @UseInterceptors(DynamoCacheInterceptor)
  @DynamoCacheable('10m')
  async sometimes(): Promise<object> {
    if (++asked.handler === 1) throw new HttpException('later', 404);
    return { nth: asked.handler };
  }

  @Get('open')
  @UseInterceptors(DynamoCacheInterceptor)
  @DynamoCacheable({ ttl: '10m', http: false })
  async open(@Query('q') _q: string): Promise<object> {
    return { nth: ++asked.handler };
  }

  @Get('undecorated')
  @UseInterceptors(DynamoCacheInterceptor)
  undecorated(): object {
    return { nth: ++asked.handler };
  }
}

describe.each(PLATFORMS)('%s', (platform) => {
  const open = (): Promise<Site> =>
    openSite(platform, { controllers: [ThingsController], options: { types: [KnownAccount] } });
  const bodies = async (site: Site, path: string, times = 2): Promise<unknown[]> => {
    const all = [];
    for (let i = 0; i < times; i++) all.push(JSON.parse((await site.ask(path)).text));
    return all;
  };

  describe('guards', () => {
    it('run before each answer, and keep the cached one from those they refuse', async () => {
      const site = await open();
      const statuses = [];
      for (const ticket of ['right', 'right', 'wrong', 'none', 'right']) {
        const { status, text } = await site.ask('/things/guarded', { headers: { 'X-Ticket': ticket } });
        statuses.push(status);
        if (status !== 200) expect(text).not.toContain('nth');
      }
      expect(statuses).toEqual([200, 200, 403, 401, 200]);
      expect(asked).toMatchObject({ guard: 5, handler: 1 });
    });

    it('that refuse leave nothing behind', async () => {
      const site = await open();
      expect((await site.ask('/things/guarded', { headers: { 'X-Ticket': 'wrong' } })).status).toBe(403);
      expect((await site.ask('/things/guarded')).status).toBe(200);
    });
  });

  it('interceptors outside run each time, those inside only when the handler does', async () => {
    const site = await open();
    expect(await bodies(site, '/things/between', 3)).toEqual([
      { nth: 1, inner: 1, outer: 1 },
      { nth: 1, inner: 1, outer: 2 },
      { nth: 1, inner: 1, outer: 3 },
    ]);
  });

  describe('arguments', () => {
    it('that are a DTO arrive as one, and each valid query has an answer of its own', async () => {
      const site = await open();
      expect(await bodies(site, '/things/checked?amount=7')).toEqual([
        { isAmount: true, amount: 7 },
        { isAmount: true, amount: 7 },
      ]);
      expect(await bodies(site, '/things/checked?amount=8', 1)).toEqual([{ isAmount: true, amount: 8 }]);
      expect(asked.handler).toBe(2);
    });

    it('that are refused are refused each time, and never cached', async () => {
      const site = await open();
      for (let i = 0; i < 2; i++) expect((await site.ask('/things/checked?amount=700')).status).toBe(400);
      for (let i = 0; i < 2; i++) expect((await site.ask('/things/numbered/x')).status).toBe(400);
      expect(await bodies(site, '/things/numbered/7')).toEqual([
        { id: 7, type: 'number' },
        { id: 7, type: 'number' },
      ]);
      expect(asked.handler).toBe(1);
    });
  });

  describe('ClassSerializerInterceptor', () => {
    it('inside the cache: what it left is what is cached', async () => {
      const site = await open();
      const plain = { id: 'ann', shout: 'ANN' };
      expect(await bodies(site, '/things/account/inside', 3)).toEqual([plain, plain, plain]);
      expect(asked.handler).toBe(1);
    });

    it('outside the cache: an instance that would lose its class is not cached, and hides its field each time', async () => {
      const site = await open();
      const plain = { id: 'ann', shout: 'ANN' };
      expect(await bodies(site, '/things/account/outside', 3)).toEqual([plain, plain, plain]);
      expect(asked.handler).toBe(3);
      expect(site.log.warnings.join()).toContain('Account');
      expect(site.log.warnings.join()).not.toContain('secret');
    });

    it('outside the cache: a class named in `types` is cached, and hides its field on a hit', async () => {
      const site = await open();
      const plain = { accounts: [{ id: 'ann', shout: 'ANN' }] };
      expect(await bodies(site, '/things/account/known', 3)).toEqual([plain, plain, plain]);
      expect(asked.handler).toBe(1);
    });
  });

  describe('exceptions', () => {
    it('are thrown each time', async () => {
      const site = await open();
      const [first, second] = [await site.ask('/things/missing'), await site.ask('/things/missing')];
      expect([first.status, second.status, first.text === second.text]).toEqual([404, 404, true]);
      expect(asked.handler).toBe(2);
    });

    it('reach their filter each time', async () => {
      const site = await open();
      const [first, second] = [await site.ask('/things/filtered'), await site.ask('/things/filtered')];
      expect([first.status, second.status]).toEqual([418, 418]);
      expect(JSON.parse(second.text)).toEqual({ filtered: 'no such thing' });
      expect(asked.handler).toBe(2);
    });

    it('do not keep a later answer from being cached', async () => {
      const site = await open();
      expect((await site.ask('/things/sometimes')).status).toBe(404);
      expect(await bodies(site, '/things/sometimes')).toEqual([{ nth: 2 }, { nth: 2 }]);
    });
  });

  it('`http: false` leaves a handler to its decorator alone', async () => {
    const site = await open();
    const { headers } = await site.ask('/things/open?q=1');
    expect(headers).not.toHaveProperty('cache-status');
    // By its arguments now, as any method.
    expect(await bodies(site, '/things/open?q=1&other=2')).toEqual([{ nth: 1 }, { nth: 1 }]);
  });

  it('a handler without @DynamoCacheable has the TTL of the module', async () => {
    const site = await open();
    expect(await bodies(site, '/things/undecorated')).toEqual([{ nth: 1 }, { nth: 1 }]);
    site.clock.advance(600_000);
    expect(await bodies(site, '/things/undecorated')).toEqual([{ nth: 2 }, { nth: 2 }]);
  });

  it('APP_INTERCEPTOR: the handlers of all controllers', async () => {
    @Controller('plain')
    class PlainController {
      @Get()
      page(@Req() { url }: { url: string }): object {
        return { url, nth: ++asked.handler };
      }
    }
    const site = await openSite(platform, {
      controllers: [PlainController],
      providers: [{ provide: APP_INTERCEPTOR, useClass: DynamoCacheInterceptor }],
    });
    expect(await bodies(site, '/plain')).toEqual([
      { url: '/plain', nth: 1 },
      { url: '/plain', nth: 1 },
    ]);
  });

  it('used twice, globally and on the handler, it caches once', async () => {
    const site = await openSite(platform, {
      controllers: [ThingsController],
      providers: [{ provide: APP_INTERCEPTOR, useClass: DynamoCacheInterceptor }],
      options: { types: [KnownAccount] },
    });
    expect(await bodies(site, '/things/guarded', 3)).toEqual([{ nth: 1 }, { nth: 1 }, { nth: 1 }]);
    const { headers, status } = await site.ask('/things/guarded');
    expect([status, headers['cache-status']]).toEqual([200, expect.stringContaining('hit')]);
  });

  it('a global prefix is part of the address', async () => {
    const site = await openSite(platform, {
      controllers: [ThingsController],
      options: { types: [KnownAccount] },
      configure: (app) => app.setGlobalPrefix('api/v0'),
    });
    expect(await bodies(site, '/api/v0/things/undecorated')).toEqual([{ nth: 1 }, { nth: 1 }]);
    expect((await site.ask('/things/undecorated')).status).toBe(404);
  });

  it.each([
    ['the URI', { type: VersioningType.URI } as const, (v: string) => [`/v${v}/dated`, {}] as const],
    [
      'a header',
      { type: VersioningType.HEADER, header: 'X-Version' } as const,
      (v: string) => ['/dated', { 'X-Version': v }] as const,
    ],
    [
      'the media type',
      { type: VersioningType.MEDIA_TYPE, key: 'v=' } as const,
      (v: string) => ['/dated', { Accept: `application/json;v=${v}` }] as const,
    ],
  ])(
    'two versions of one handler, told apart by %s, have answers of their own',
    async (_by, versioning, to) => {
      @Controller({ path: 'dated', version: ['1', '2'] })
      @UseInterceptors(DynamoCacheInterceptor)
      class DatedController {
        @Get()
        page(@Req() { url, headers }: { url: string; headers: Record<string, string> }): object {
          asked.handler++;
          return { version: /[12]/.exec(`${headers['x-version'] ?? ''}${headers.accept ?? ''}${url}`)?.[0] };
        }
      }
      const site = await openSite(platform, {
        controllers: [DatedController],
        configure: (app) => app.enableVersioning(versioning),
      });
      for (let round = 0; round < 2; round++) {
        for (const version of ['1', '2']) {
          const [path, headers] = to(version);
          expect(JSON.parse((await site.ask(path, { headers })).text)).toEqual({ version });
        }
      }
      expect(asked.handler).toBe(2);
    },
  );
});
