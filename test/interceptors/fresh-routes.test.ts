// How long a response is served, past its life and to clients who ask for something else.
import {
  Controller,
  Get,
  Headers,
  type NestInterceptor,
  Query,
  Res,
  ServiceUnavailableException,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { mergeMap } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { DynamoCacheable } from '../../lib';
import { type Deferred, deferred, quiet } from '../engine/deferred';
import { CachedApp, PLATFORMS, type Reply, said } from './cached-app';

const origin = { calls: 0, fails: false, held: undefined as Deferred<void> | undefined };

beforeEach(() => {
  Object.assign(origin, { calls: 0, fails: false, held: undefined });
});

const STALE = { ttl: '10s', staleWhileRevalidate: '20s', staleIfError: '60s' } as const;

@Controller()
class Origin {
  @Get('control')
  @DynamoCacheable(STALE)
  async control(@Query('cc') control: string, @Res({ passthrough: true }) reply: Reply): Promise<string> {
    return this.answer(reply, { 'cache-control': control });
  }

  @Get('headers')
  @DynamoCacheable('10s')
  async headers(
    @Query() headers: Record<string, string>,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<string> {
    return this.answer(reply, headers);
  }

  @Get('plain')
  @DynamoCacheable('10s')
  async plain(@Res({ passthrough: true }) reply: Reply): Promise<string> {
    return this.answer(reply, {});
  }

  @Get('stale')
  @DynamoCacheable(STALE)
  async stale(@Headers('x-user') user: string, @Res({ passthrough: true }) reply: Reply): Promise<string> {
    return this.answer(reply, { 'x-made-for': user });
  }

  @Get('refused')
  @DynamoCacheable({ ttl: '10s', staleIfError: { for: '60s', when: (error) => error instanceof TypeError } })
  async refused(@Res({ passthrough: true }) reply: Reply): Promise<string> {
    return this.answer(reply, {});
  }

  @Get('measured')
  @DynamoCacheable({ ttl: '10s', staleIfError: { for: (body: string) => (body === 'n1' ? '5s' : '60s') } })
  async measured(@Res({ passthrough: true }) reply: Reply): Promise<string> {
    return this.answer(reply, {});
  }

  @Get('slow')
  @DynamoCacheable({ ttl: '10s', staleIfError: '60s', loaderTimeout: { soft: '20ms' } })
  async slow(@Res({ passthrough: true }) reply: Reply): Promise<string> {
    return this.answer(reply, {});
  }

  @Get('ignoring')
  @DynamoCacheable({ ttl: '10s', http: { clientDirectives: 'ignore' } })
  async ignoring(@Res({ passthrough: true }) reply: Reply): Promise<string> {
    return this.answer(reply, {});
  }

  private async answer(reply: Reply, headers: Record<string, string>): Promise<string> {
    const n = ++origin.calls;
    reply.header('x-call', String(n));
    for (const [name, value] of Object.entries(headers)) reply.header(name, value);
    await origin.held?.promise;
    reply.header('x-late', String(n));
    if (origin.fails) {
      reply.status(404);
      reply.header('x-failed', String(n));
      throw new ServiceUnavailableException();
    }
    return `n${n}`;
  }
}

describe.each(PLATFORMS)('%s', (platform) => {
  const start = () => CachedApp.start({ platform, controllers: [Origin] });
  const path = (control: string) => `/control?cc=${encodeURIComponent(control)}`;

  it.each([
    ['max-age=5', 5],
    ['max-age=5, s-maxage=7', 7],
    ['s-maxage=3, max-age=90', 3],
    ['public', 10],
    ['MAX-AGE="6"', 6],
  ])('%s: fresh for %i seconds', async (control, seconds) => {
    const app = await start();
    expect(said(await app.get(path(`${control}, must-revalidate`)))).toBe(
      `fwd=uri-miss; stored; ttl=${seconds}`,
    );
    app.clock.advance(seconds * 1_000 - 1);
    expect((await app.get(path(`${control}, must-revalidate`))).body).toBe('n1');
    app.clock.advance(1);
    expect((await app.get(path(`${control}, must-revalidate`))).body).toBe('n2');
  });

  it('Expires, and an Age that it came with', async () => {
    const app = await start();
    const at = (ms: number) => new Date(Math.floor(app.clock.now() / 1_000) * 1_000 + ms).toUTCString();
    const expires = `/headers?expires=${at(8_000)}&date=${at(0)}`;
    const aged = '/headers?cache-control=max-age=8&age=3';
    const urls = [expires, aged].map((url) => url.replaceAll(' ', '%20'));
    const first = [await app.get(urls[0] ?? ''), await app.get(urls[1] ?? '')];
    expect(first.map(said)).toEqual(['fwd=uri-miss; stored; ttl=8', 'fwd=uri-miss; stored; ttl=5']);
    app.clock.advance(4_000);
    const second = [await app.get(urls[0] ?? ''), await app.get(urls[1] ?? '')];
    expect(second.map(({ headers }) => headers.age)).toEqual(['4', '7']);
    expect(said(await app.get(`/headers?expires=0`))).toBe('fwd=uri-miss');
  });

  describe('past its life', () => {
    it('is served, and refreshed behind the answer, whose headers the refresh leaves alone', async () => {
      const app = await start();
      const first = await app.get('/stale', { 'x-user': 'anna' });
      app.clock.advance(15_000);
      origin.held = deferred();
      const second = await app.get('/stale', { 'x-user': 'berta' });
      expect([second.body, said(second), second.headers.age]).toEqual([
        'n1',
        'hit; ttl=-5; detail=stale-while-revalidate',
        '15',
      ]);
      expect([second.headers['x-made-for'], second.headers['x-late']]).toEqual(['anna', '1']);
      expect(second.headers.etag).toBe(first.headers.etag);
      await expect.poll(() => origin.calls).toBe(2);
      origin.held.resolve();
      await expect.poll(() => app.cache.stats().fills).toBe(2);
      const third = await app.get('/stale', { 'x-user': 'carla' });
      expect([third.status, third.body, said(third)]).toEqual([200, 'n2', 'hit; ttl=10']);
      expect(third.headers).toMatchObject({ 'x-made-for': 'berta', 'x-late': '2', 'x-call': '2', age: '0' });
      expect(third.headers['content-type']).toBe(first.headers['content-type']);
      expect(third.headers.etag).not.toBe(first.headers.etag);
    });

    it('is refreshed once, however many are served it', async () => {
      const app = await start();
      await app.get('/stale');
      app.clock.advance(15_000);
      origin.held = deferred();
      await Promise.all(Array.from({ length: 10 }, () => app.get('/stale')));
      await expect.poll(() => origin.calls).toBe(2);
      origin.held.resolve();
      await expect.poll(() => app.cache.stats().fills).toBe(2);
      await quiet();
      expect(origin.calls).toBe(2);
    });

    it('stands in for a handler that fails, without what that has set', async () => {
      const app = await start();
      await app.get('/stale', { 'x-user': 'anna' });
      app.clock.advance(40_000);
      origin.fails = true;
      const second = await app.get('/stale', { 'x-user': 'berta' });
      expect([second.status, second.body, said(second)]).toEqual([
        200,
        'n1',
        'hit; ttl=-30; detail=stale-if-error',
      ]);
      expect(second.headers).toMatchObject({ 'x-made-for': 'anna', 'x-call': '1', 'x-late': '1', age: '40' });
      expect(second.headers).not.toHaveProperty('x-failed');
      app.clock.advance(40_000);
      expect((await app.get('/stale')).status).toBe(503);
    });

    it('stands in for as long as it says itself', async () => {
      const app = await start();
      await app.get('/measured');
      origin.fails = true;
      app.clock.advance(14_000);
      expect((await app.get('/measured')).body).toBe('n1');
      app.clock.advance(2_000);
      expect((await app.get('/measured')).status).toBe(503);
    });

    it('stands in for no error that is not chosen', async () => {
      const app = await start();
      await app.get('/refused');
      app.clock.advance(40_000);
      origin.fails = true;
      expect((await app.get('/refused')).status).toBe(503);
    });

    it('stands in for a handler that is slow, whose answer is kept by nobody', async () => {
      const app = await start();
      await app.get('/slow');
      app.clock.advance(20_000);
      origin.held = deferred();
      const second = await app.get('/slow');
      expect([second.body, second.headers['x-call'], said(second)]).toEqual([
        'n1',
        '1',
        'hit; ttl=-10; detail=stale-if-error',
      ]);
      origin.held.resolve();
      await quiet();
      expect(app.cache.stats().fills).toBe(1);
    });

    it('stands in for a handler that is slow, but not slower than its answer goes out', async () => {
      const arrived = deferred();
      const out = deferred();
      let isHeld = false;
      const useValue: NestInterceptor = {
        intercept: (_context, next) =>
          next.handle().pipe(
            mergeMap(async (value: unknown) => {
              if (!isHeld) return value;
              arrived.resolve();
              await out.promise;
              return value;
            }),
          ),
      };
      const outermost = [{ provide: APP_INTERCEPTOR, useValue }];
      const app = await CachedApp.start({ platform, controllers: [Origin], outermost });
      await app.get('/slow');
      app.clock.advance(20_000);
      isHeld = true;
      origin.held = deferred();
      const asked = app.get('/slow');
      await arrived.promise;
      origin.held.resolve();
      await quiet();
      out.resolve();
      expect((await asked).body).toBe('n1');
      await quiet();
      expect([origin.calls, app.cache.stats().fills]).toEqual([2, 1]);
    });

    it.each([
      'must-revalidate',
      'proxy-revalidate',
      's-maxage=10',
      'max-age=10, stale-while-revalidate=0, stale-if-error=0',
    ])('is not served with %s', async (control) => {
      const app = await start();
      await app.get(path(control));
      app.clock.advance(15_000);
      origin.fails = true;
      expect((await app.get(path(control))).status).toBe(503);
      expect((await app.get(path(control), { 'cache-control': 'max-stale' })).status).toBe(503);
    });

    it('is served as long as the response itself says', async () => {
      const app = await start();
      const control = path('s-maxage=10, stale-while-revalidate=100');
      await app.get(control);
      app.clock.advance(100_000);
      expect(said(await app.get(control))).toBe('hit; ttl=-90; detail=stale-while-revalidate');
    });
  });

  describe('a client that asks for', () => {
    it.each([
      ['no-cache', {}, 'fwd=request; stored; ttl=10'],
      ['max-age=0', {}, 'fwd=request; stored; ttl=10'],
      ['max-age=3', {}, 'fwd=request; stored; ttl=10'],
      ['min-fresh=7', {}, 'fwd=request; stored; ttl=10'],
      ['', { pragma: 'no-cache' }, 'fwd=request; stored; ttl=10'],
    ])('%s %j gets a new answer, which is kept', async (control, headers, status) => {
      const app = await start();
      await app.get('/plain');
      app.clock.advance(4_000);
      const asked = await app.get('/plain', { ...(control && { 'cache-control': control }), ...headers });
      expect([asked.body, said(asked)]).toEqual(['n2', status]);
      expect((await app.get('/plain')).body).toBe('n2');
    });

    it.each(['max-age=5', 'min-fresh=5', 'only-if-cached', 'foo, max-age=100'])(
      '%s gets what there is',
      async (control) => {
        const app = await start();
        await app.get('/plain');
        app.clock.advance(4_000);
        expect((await app.get('/plain', { 'cache-control': control })).body).toBe('n1');
      },
    );

    it('no-store has its answer kept by nobody', async () => {
      const app = await start();
      expect(said(await app.get('/plain', { 'cache-control': 'no-store' }))).toBe(
        'fwd=bypass; detail=no-store',
      );
      expect((await app.get('/plain')).body).toBe('n2');
    });

    it('only-if-cached gets a 504 when there is nothing, and nobody who waits does', async () => {
      const app = await start();
      expect((await app.get('/plain', { 'cache-control': 'only-if-cached' })).status).toBe(504);
      expect(origin.calls).toBe(0);
    });

    it('max-stale gets what is past its life, by so much and no more', async () => {
      const app = await start();
      const control = path('max-age=10, stale-while-revalidate=0');
      await app.get(control);
      app.clock.advance(15_000);
      expect(said(await app.get(control, { 'cache-control': 'max-stale=5' }))).toBe('hit; ttl=-5');
      expect(said(await app.get(control, { 'cache-control': 'max-stale' }))).toBe('hit; ttl=-5');
      expect(said(await app.get(control, { 'cache-control': 'max-stale=4' }))).toBe(
        'fwd=stale; stored; ttl=10',
      );
    });

    it.each(['no-cache', 'no-store', 'max-age=0'])(
      "%s is not heard with clientDirectives: 'ignore'",
      async (control) => {
        const app = await start();
        for (let i = 0; i < 2; i++) {
          expect((await app.get('/ignoring', { 'cache-control': control })).body).toBe('n1');
        }
      },
    );
  });
});
