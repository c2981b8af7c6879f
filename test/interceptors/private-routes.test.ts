// What is one person's reaches nobody else, whatever the timing.
import {
  type CallHandler,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Headers,
  Injectable,
  type MessageEvent,
  type NestInterceptor,
  Param,
  Query,
  Req,
  Res,
  Sse,
  StreamableFile,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { type Observable, map, of } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { DynamoCacheable } from '../../lib';
import { type Deferred, deferred } from '../engine/deferred';
import { PLATFORMS_AND_BODIES } from '../support/http-site';
import { CachedApp, type Reply, said } from './cached-app';

let calls: string[] = [];
/** Set by a test to hold a handler back. */
let held: Deferred<void> | undefined;

beforeEach(() => {
  calls = [];
  held = undefined;
});

function userOf(context: ExecutionContext): string | undefined {
  return context.switchToHttp().getRequest<{ headers: Record<string, string> }>().headers['x-user'];
}

@Controller()
class Pages {
  /** Says what it was asked to, and how. */
  @Get('page')
  async page(
    @Query('set') set: string,
    @Query('to') to: string,
    @Headers('x-user') user: string,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<object> {
    calls.push(user);
    if (set) reply.header(set, to);
    await held?.promise;
    return { user };
  }

  @Get('mine')
  @DynamoCacheable({ ttl: '10m', http: { varyBy: userOf } })
  async mine(@Headers('x-user') user: string): Promise<object> {
    calls.push(user);
    return Promise.resolve({ user });
  }

  @Get('throws')
  @DynamoCacheable({
    http: {
      varyBy: () => {
        throw new Error('who?');
      },
    },
  })
  async throws(@Headers('x-user') user: string): Promise<object> {
    calls.push(user);
    return Promise.resolve({ user });
  }

  @Get('number')
  @DynamoCacheable({ http: { varyBy: (() => 7) as never } })
  async number(@Headers('x-user') user: string): Promise<object> {
    calls.push(user);
    return Promise.resolve({ user });
  }

  /** Decorated, and without an argument that tells users apart. */
  @Get('decorated')
  @DynamoCacheable('10m')
  async decorated(): Promise<object> {
    calls.push('decorated');
    return Promise.resolve({ n: calls.length });
  }
}

describe.each(PLATFORMS_AND_BODIES)('$platform, kept as $body', ({ platform, body }) => {
  const start = (options: object = {}) =>
    CachedApp.start({ platform, body, controllers: [Pages], ...options });

  it.each(['authorization', 'cookie'])(
    'a request with %s is not cached, in either direction',
    async (header) => {
      const app = await start();
      const asked = (user: string, headers = {}) => app.get('/page', { 'x-user': user, ...headers });
      expect(said(await asked('anna', { [header]: 'anna' }))).toBe(`fwd=bypass; detail=${header}`);
      expect((await asked('nobody')).body).toBe('{"user":"nobody"}');
      expect((await asked('berta', { [header]: 'berta' })).body).toBe('{"user":"berta"}');
      expect((await asked('someone')).body).toBe('{"user":"nobody"}');
    },
  );

  it.each(['authorization', 'cookie'])(
    'a decorated handler with %s is not cached by its arguments either',
    async (header) => {
      const app = await start();
      await app.get('/decorated', { [header]: 'anna' });
      expect((await app.get('/decorated', { [header]: 'berta' })).body).toBe('{"n":2}');
      expect((await app.get('/decorated')).body).toBe('{"n":3}');
      expect((await app.get('/decorated')).body).toBe('{"n":3}');
    },
  );

  it('a request whose user a guard has found is not cached', async () => {
    @Injectable()
    class Known implements CanActivate {
      canActivate(context: ExecutionContext): boolean {
        const request = context.switchToHttp().getRequest<{ user?: unknown }>();
        const name = userOf(context);
        if (name) request.user = { name };
        return name !== 'mallory';
      }
    }
    @Controller('account')
    @UseGuards(Known)
    class Account {
      @Get()
      get(@Req() { user }: { user?: { name: string } }): object {
        return { name: user?.name ?? 'nobody' };
      }
    }
    const app = await CachedApp.start({ platform, body, controllers: [Account] });
    expect(said(await app.get('/account', { 'x-user': 'anna' }))).toBe('fwd=bypass; detail=user');
    expect((await app.get('/account', { 'x-user': 'berta' })).body).toBe('{"name":"berta"}');
    expect((await app.get('/account')).body).toBe('{"name":"nobody"}');
    expect(said(await app.get('/account'))).toMatch(/^hit/);
    // The guard is asked before the answer that is there.
    expect((await app.get('/account', { 'x-user': 'mallory' })).status).toBe(403);
  });

  it('varyBy: each identity has a response of its own', async () => {
    const app = await start();
    for (const user of ['anna', 'berta']) {
      const one = await app.get('/mine', { 'x-user': user, cookie: 'session' });
      expect([one.body, said(one)]).toEqual([`{"user":"${user}"}`, 'fwd=uri-miss; stored; ttl=600']);
    }
    expect((await app.get('/mine', { 'x-user': 'anna' })).body).toBe('{"user":"anna"}');
    expect(calls).toEqual(['anna', 'berta']);
  });

  it.each([
    ['names nobody', '/mine', {}, 'cookie'],
    ['names nobody', '/mine', { 'x-user': '' }, 'cookie'],
    ['throws', '/throws', {}, 'vary-by'],
    ['returns no text', '/number', {}, 'vary-by'],
  ])('varyBy that %s: not cached', async (_what, path, headers, detail) => {
    const app = await start();
    for (const cookie of ['anna', 'berta'])
      expect(said(await app.get(path, { ...headers, cookie }))).toBe(`fwd=bypass; detail=${detail}`);
    expect(calls).toHaveLength(2);
  });

  it.each([
    ['cache-control', 'private'],
    ['cache-control', 'Private="x-user", max-age=60'],
    ['cache-control', 'no-store'],
    ['cache-control', 'no-cache'],
    ['cache-control', 'max-age=0'],
    ['set-cookie', 'session=anna'],
    ['vary', '*'],
    ['vary', 'accept, *'],
  ])('%s: %s is kept for nobody, nor given to those who wait', async (set, to) => {
    const app = await start();
    held = deferred();
    const path = `/page?set=${set}&to=${encodeURIComponent(to)}`;
    const first = app.get(path, { 'x-user': 'anna' });
    await expect.poll(() => calls).toEqual(['anna']);
    const others = ['berta', 'carla'].map((user) => app.get(path, { 'x-user': user }));
    await expect.poll(() => app.cache.stats().joined).toBe(2);
    held.resolve();
    const answers = await Promise.all([first, ...others]);
    expect(answers.map(({ body }) => body)).toEqual(
      ['anna', 'berta', 'carla'].map((user) => `{"user":"${user}"}`),
    );
    expect(answers.map(said)).toEqual(['fwd=uri-miss', 'fwd=uri-miss', 'fwd=uri-miss']);
    expect((await app.get(path, { 'x-user': 'dora' })).body).toBe('{"user":"dora"}');
  });

  it('waiting requests share what everybody may have', async () => {
    const app = await start();
    held = deferred();
    const first = app.get('/page', { 'x-user': 'anna' });
    await expect.poll(() => calls).toEqual(['anna']);
    const second = app.get('/page', { 'x-user': 'berta' });
    await expect.poll(() => app.cache.stats().joined).toBe(1);
    held.resolve();
    expect([(await first).body, said(await first)]).toEqual([
      '{"user":"anna"}',
      'fwd=uri-miss; stored; ttl=600',
    ]);
    expect([(await second).body, said(await second)]).toEqual([
      '{"user":"anna"}',
      'fwd=uri-miss; collapsed; ttl=600',
    ]);
  });

  it('waiting requests of another variant do not get this one', async () => {
    const app = await start();
    held = deferred();
    const path = '/page?set=vary&to=x-user';
    const first = app.get(path, { 'x-user': 'anna' });
    await expect.poll(() => calls).toEqual(['anna']);
    const others = ['berta', 'anna', 'berta'].map((user) => app.get(path, { 'x-user': user }));
    await expect.poll(() => app.cache.stats().joined).toBe(3);
    held.resolve();
    const answers = await Promise.all([first, ...others]);
    expect(answers.map(({ body }) => body)).toEqual(
      ['anna', 'berta', 'anna', 'berta'].map((user) => `{"user":"${user}"}`),
    );
    expect(calls).toEqual(['anna', 'berta']);
    for (const user of ['anna', 'berta']) {
      const again = await app.get(path, { 'x-user': user });
      expect([again.body, said(again)]).toEqual([`{"user":"${user}"}`, 'hit; ttl=600']);
    }
    const other = await app.get(path, { 'x-user': 'carla' });
    expect([other.body, said(other)]).toEqual(['{"user":"carla"}', 'fwd=vary-miss; stored; ttl=600']);
  });

  it('a stale variant never stands in for another', async () => {
    const app = await start({ options: { staleIfError: '1h', staleWhileRevalidate: '1h' } });
    const path = '/page?set=vary&to=x-user';
    await app.get(path, { 'x-user': 'anna' });
    app.clock.advance(11 * 60_000);
    expect((await app.get(path, { 'x-user': 'berta' })).body).toBe('{"user":"berta"}');
  });
});

/** Hides what is secret by what a value is, as ClassSerializerInterceptor does. */
@Injectable()
class HidesSecrets implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((value) => (value instanceof User ? { name: value.name } : value)));
  }
}

class User {
  constructor(
    readonly name: string,
    readonly secret: string,
  ) {}
}

@Controller('users')
class Users {
  @Get('inside')
  @UseInterceptors(HidesSecrets)
  inside(): User {
    calls.push('inside');
    return new User('anna', 'hidden');
  }

  @Get('outside')
  outside(): User {
    calls.push('outside');
    return new User('anna', 'hidden');
  }

  @Get('file')
  file(): StreamableFile {
    calls.push('file');
    return new StreamableFile(Buffer.from('content'));
  }

  @Get('response')
  response(@Res() reply: { send(body: string): void }): void {
    calls.push('response');
    reply.send('sent by itself');
  }

  @Sse('events')
  events(): Observable<MessageEvent> {
    calls.push('events');
    return of({ data: 'one' });
  }

  @Get('fails')
  fails(): never {
    calls.push('fails');
    throw new Error('no');
  }

  @Get(':id')
  find(@Param('id') id: string): string {
    calls.push(id);
    return id;
  }
}

describe.each(PLATFORMS_AND_BODIES)('$platform, kept as $body: what cannot be kept', ({ platform, body }) => {
  const outside = { provide: APP_INTERCEPTOR, useClass: HidesSecrets };

  it('a class instance is hidden by an interceptor inside the cache, and kept', async () => {
    const app = await CachedApp.start({ platform, body, controllers: [Users] });
    for (let i = 0; i < 2; i++) expect((await app.get('/users/inside')).body).toBe('{"name":"anna"}');
    expect(calls).toEqual(['inside']);
  });

  it('a class instance is not kept outside of it, for its hidden field would appear', async () => {
    const app = await CachedApp.start({ platform, body, controllers: [Users], outermost: [outside] });
    for (let i = 0; i < 2; i++) expect((await app.get('/users/outside')).body).toBe('{"name":"anna"}');
    expect(calls).toEqual(['outside', 'outside']);
    expect(app.log.warnings).toEqual([expect.stringContaining('an instance of User')]);
  });

  it('a class instance whose class is named is kept, and still hidden', async () => {
    const app = await CachedApp.start({
      platform,
      body,
      controllers: [Users],
      outermost: [outside],
      options: { types: [User] },
    });
    for (let i = 0; i < 2; i++) expect((await app.get('/users/outside')).body).toBe('{"name":"anna"}');
    expect(calls).toEqual(['outside']);
  });

  it.each(['file', 'response', 'events', 'fails'])('%s', async (path) => {
    const app = await CachedApp.start({ platform, body, controllers: [Users] });
    const [first, second] = [await app.get(`/users/${path}`), await app.get(`/users/${path}`)];
    expect(calls).toEqual([path, path]);
    expect([second.status, second.body]).toEqual([first.status, first.body]);
    expect(said(second)).not.toContain('hit');
  });
});
