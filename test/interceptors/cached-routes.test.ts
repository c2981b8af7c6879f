// What the response cache does for an application, the same on both servers.
import {
  All,
  BadRequestException,
  Body,
  type CallHandler,
  Controller,
  type ExecutionContext,
  Get,
  Head,
  Header,
  HostParam,
  HttpCode,
  Injectable,
  type NestInterceptor,
  Param,
  ParseIntPipe,
  Post,
  Query,
  Req,
  Res,
  UseInterceptors,
  Version,
  VersioningType,
} from '@nestjs/common';
import { beforeEach, describe, expect, it } from 'vitest';
import { DynamoCacheInterceptor, DynamoCacheModule, DynamoCacheable, DynamoStore } from '../../lib';
import { InMemoryStore } from '../../lib/testing';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { type Observable, map } from 'rxjs';
import { CachedApp, PLATFORMS, type Reply, said } from './cached-app';

let calls: string[] = [];

beforeEach(() => {
  calls = [];
});

const VALUES: Record<string, unknown> = {
  object: { text: 'ä€', list: [1, null], date: new Date(0), nothing: undefined },
  array: [1, 2],
  string: 'text <b>',
  empty: '',
  number: 7,
  boolean: false,
  null: null,
  undefined: undefined,
  buffer: Buffer.from('bytes'),
  // Kept, but as JSON it is less than it is: `{}`.
  map: new Map([[1, 2]]),
};

@Controller('values')
class Values {
  @Get('headers')
  @Header('X-Static', 'static')
  @HttpCode(203)
  headers(@Res({ passthrough: true }) reply: Reply): string {
    calls.push('headers');
    reply.header('X-Set', 'set');
    reply.header('Content-Type', 'text/csv');
    reply.header('Content-Language', 'de');
    reply.header('Connection', 'x-hop');
    reply.header('X-Hop', 'hop');
    reply.header('Cache-Control', 'public, max-age=60');
    return 'a,b';
  }

  @Get('status/:code')
  status(@Param('code', ParseIntPipe) code: number, @Res({ passthrough: true }) reply: Reply): object {
    calls.push(`status ${code}`);
    reply.status(code);
    if (code > 300 && code < 400) reply.header('location', '/elsewhere');
    return { code };
  }

  @Get('etag')
  etag(@Res({ passthrough: true }) reply: Reply): object {
    calls.push('etag');
    reply.header('etag', '"mine"');
    reply.header('last-modified', 'Sat, 01 Jan 2022 00:00:00 GMT');
    return { n: calls.length };
  }

  @Get('throws')
  throws(): never {
    calls.push('throws');
    throw new BadRequestException();
  }

  @Get(':kind')
  value(@Param('kind') kind: string, @Query('page') page = ''): unknown {
    calls.push(`${kind} ${page}`);
    return VALUES[kind];
  }
}

describe.each(PLATFORMS)('%s', (platform) => {
  const start = (setup: object = {}) => CachedApp.start({ platform, controllers: [Values], ...setup });

  describe('a hit is what the miss was', () => {
    it.each(Object.keys(VALUES))('%s', async (kind) => {
      const app = await start();
      const uncached = await app.get(`/values/${kind}`, { cookie: 'x' });
      const miss = await app.get(`/values/${kind}`);
      const hit = await app.get(`/values/${kind}`);
      expect(calls).toHaveLength(2);
      const essence = ({ status, headers, body }: typeof hit) => [status, headers['content-type'], body];
      expect(essence(hit)).toEqual(essence(uncached));
      expect(essence(miss)).toEqual(essence(uncached));
      expect(hit.headers['content-length']).toBe(miss.headers['content-length']);
      expect([said(hit), hit.headers.etag]).toEqual(['hit; ttl=600', miss.headers.etag]);
    });

    it('with the headers that were set, without those of the connection', async () => {
      const app = await start();
      const miss = await app.get('/values/headers');
      const hit = await app.get('/values/headers');
      expect(calls).toEqual(['headers']);
      expect([hit.status, hit.body]).toEqual([203, 'a,b']);
      for (const name of ['x-set', 'x-static', 'content-type', 'content-language', 'cache-control', 'etag'])
        expect([name, hit.headers[name]]).toEqual([name, miss.headers[name]]);
      expect(hit.headers).toMatchObject({ 'x-set': 'set', 'content-language': 'de', age: '0' });
      expect(hit.headers['x-hop']).toBeUndefined();
    });

    it.each([200, 201, 301, 308, 404, 410])('with status %i', async (code) => {
      const app = await start();
      await app.get(`/values/status/${code}`);
      const hit = await app.get(`/values/status/${code}`);
      expect([calls.length, hit.status, hit.body]).toEqual([1, code, `{"code":${code}}`]);
      expect(hit.headers.location).toBe(code > 300 && code < 400 ? '/elsewhere' : undefined);
    });
  });

  it.each([206, 302, 303, 307, 400, 403, 500, 503])('status %i is not kept', async (code) => {
    const app = await start();
    for (let i = 0; i < 2; i++) {
      const one = await app.get(`/values/status/${code}`);
      expect([one.status, said(one)]).toEqual([code, 'fwd=uri-miss']);
    }
    expect(calls).toHaveLength(2);
  });

  it('what is thrown is not kept', async () => {
    const app = await start();
    for (let i = 0; i < 2; i++) expect((await app.get('/values/throws')).status).toBe(400);
    expect(calls).toHaveLength(2);
  });

  it('the order of parameters tells nothing apart, and their order under one name does', async () => {
    const app = await start();
    for (const query of ['page=1&x=2', 'x=2&page=1']) await app.get(`/values/object?${query}`);
    expect(calls).toHaveLength(1);
    for (const query of ['x=1&x=2', 'x=2&x=1', 'x=1%262', '']) await app.get(`/values/object?${query}`);
    expect(calls).toHaveLength(5);
  });

  it('a request with too many parameters passes by', async () => {
    const app = await start({ options: { http: { maxQueryParameters: 2 } } });
    expect(said(await app.get('/values/object?a=1&b=2&b=3'))).toBe('fwd=uri-miss; stored; ttl=600');
    expect(said(await app.get('/values/object?a=1&b=2&c=3'))).toBe('fwd=bypass; detail=query');
  });

  it.each([
    ['body', { 'content-length': '2', 'content-type': 'application/json' }, '{}'],
    ['range', { range: 'bytes=0-1' }, undefined],
    ['precondition', { 'if-match': '"x"' }, undefined],
    ['precondition', { 'if-unmodified-since': 'Sat, 01 Jan 2022 00:00:00 GMT' }, undefined],
  ])('a request with a %s passes by', async (detail, headers, body) => {
    const app = await start();
    const one = await app.send('GET', '/values/object', headers, body);
    expect(said(one)).toBe(`fwd=bypass; detail=${detail}`);
  });

  it('HEAD is answered from what GET has left, and leaves it for GET', async () => {
    const app = await start();
    const get = await app.get('/values/string');
    const head = await app.head('/values/string');
    expect([head.status, head.body, said(head)]).toEqual([200, '', 'hit; ttl=600']);
    for (const name of ['content-type', 'content-length', 'etag'])
      expect([name, head.headers[name]]).toEqual([name, get.headers[name]]);
    const first = await app.head('/values/number');
    expect([first.body, said(first)]).toEqual(['', 'fwd=uri-miss; stored; ttl=600']);
    expect((await app.get('/values/number')).body).toBe('7');
    expect(calls).toHaveLength(2);
  });

  describe('a client that has it already', () => {
    it('is told so, by a hit and by a miss', async () => {
      const app = await start();
      const { headers } = await app.get('/values/object');
      const etag = headers.etag ?? '';
      expect(etag).toMatch(/^W\/"[\w-]{27}"$/);
      const tags = [etag, `"other", ${etag}`, etag.slice(2), '*'];
      for (const tag of tags) {
        const hit = await app.get('/values/object', { 'if-none-match': tag });
        expect([hit.status, hit.body, hit.headers.etag, said(hit)]).toEqual([304, '', etag, 'hit; ttl=600']);
        expect([hit.headers['content-type'], hit.headers['content-length']]).toEqual([undefined, undefined]);
      }
      const reload = { 'if-none-match': etag, 'cache-control': 'no-cache' };
      const miss = await app.get('/values/object', reload);
      expect([miss.status, miss.body, said(miss)]).toEqual([304, '', 'fwd=request; stored; ttl=600']);
      expect((await app.get('/values/object', { 'if-none-match': '"other"' })).status).toBe(200);
      expect(calls).toHaveLength(2);
    });

    it('is sent nothing that describes content', async () => {
      const app = await start();
      const { headers } = await app.get('/values/headers');
      const known = await app.get('/values/headers', { 'if-none-match': headers.etag ?? '' });
      expect(known.status).toBe(304);
      expect([known.headers['content-type'], known.headers['content-language']]).toEqual([
        undefined,
        undefined,
      ]);
      expect(known.headers).toMatchObject({
        etag: headers.etag,
        'cache-control': 'public, max-age=60',
        age: '0',
      });
    });

    it("by the handler's own tag and date", async () => {
      const app = await start();
      const first = await app.get('/values/etag');
      expect(first.headers.etag).toBe('"mine"');
      const asked = async (headers: Record<string, string>) =>
        (await app.get('/values/etag', headers)).status;
      expect(await asked({ 'if-none-match': 'W/"mine"' })).toBe(304);
      expect(await asked({ 'if-modified-since': 'Sat, 01 Jan 2022 00:00:00 GMT' })).toBe(304);
      expect(await asked({ 'if-modified-since': 'Fri, 31 Dec 2021 00:00:00 GMT' })).toBe(200);
      const both = { 'if-none-match': '"x"', 'if-modified-since': 'Sat, 01 Jan 2022 00:00:00 GMT' };
      expect(await asked(both)).toBe(200);
      expect(calls).toHaveLength(1);
    });

    it('is given what is no success all the same', async () => {
      const app = await start();
      const { headers } = await app.get('/values/status/404');
      for (let i = 0; i < 2; i++)
        expect((await app.get('/values/status/404', { 'if-none-match': headers.etag ?? '*' })).status).toBe(
          404,
        );
    });
  });

  describe('which handler', () => {
    @Controller({ path: 'host', host: ':tenant.example.com' })
    class Tenants {
      @Get()
      get(@HostParam('tenant') tenant: string): string {
        return tenant;
      }
    }
    @Controller()
    class Versions {
      @Get('version')
      @Version('1')
      one(): string {
        return 'one';
      }

      @Get('version')
      @Version(['2', '3'])
      other(@Req() { headers }: { headers: Record<string, string> }): string {
        return `version ${headers['x-version']}`;
      }
    }
    @Controller()
    class Others {
      n = 0;

      @Post('search')
      @DynamoCacheable()
      async search(@Body() body: object): Promise<object> {
        return Promise.resolve({ n: ++this.n, body });
      }

      @All('all')
      all(): string {
        return `all ${++this.n}`;
      }

      @Head('only')
      only(): void {
        this.n++;
      }

      @Get('out')
      @DynamoCacheable({ http: false })
      async out(@Req() { headers }: { headers: Record<string, string> }): Promise<string> {
        return Promise.resolve(`out ${headers['x-n']}`);
      }

      @Get('again/:n')
      @DynamoCacheable()
      async again(@Param('n', ParseIntPipe) n: number): Promise<number[]> {
        calls.push(`again ${n}`);
        return n === 0 ? [0] : [n, ...(await this.again(n - 1))];
      }
    }

    it('by a host in its path', async () => {
      const app = await CachedApp.start({ platform, controllers: [Tenants] });
      for (const tenant of ['a', 'b', 'a'])
        expect((await app.get('/host', { host: `${tenant}.example.com` })).body).toBe(tenant);
      expect(app.cache.stats().hits).toBe(1);
    });

    it('by a version in a header', async () => {
      const app = await CachedApp.start({
        platform,
        controllers: [Versions],
        configure: (nest) => nest.enableVersioning({ type: VersioningType.HEADER, header: 'X-Version' }),
      });
      for (const [version, body] of [
        ['1', 'one'],
        ['2', 'version 2'],
        ['3', 'version 3'],
        ['1', 'one'],
      ] as const) {
        expect((await app.get('/version', { 'x-version': version })).body).toBe(body);
      }
      expect(app.cache.stats().hits).toBe(1);
    });

    it.each([
      ['Accept', { type: VersioningType.MEDIA_TYPE, key: 'v=' } as const, { accept: 'application/json;v=' }],
      [
        'a function',
        {
          type: VersioningType.CUSTOM,
          extractor: (request: unknown) =>
            (request as { headers: Record<string, string> }).headers['x-version'] ?? '',
        } as const,
        { 'x-version': '' },
      ],
    ])('by a version in %s', async (_what, versioning, headers) => {
      const app = await CachedApp.start({
        platform,
        controllers: [Versions],
        configure: (nest) => nest.enableVersioning(versioning),
      });
      for (const version of ['2', '3']) {
        const [[name, value] = ['', '']] = Object.entries(headers);
        await app.get('/version', { [name]: `${value}${version}` });
      }
      expect(app.cache.stats()).toMatchObject({ hits: 0, fills: 2 });
    });

    it('by a global prefix', async () => {
      const app = await CachedApp.start({
        platform,
        controllers: [Values],
        configure: (nest) => nest.setGlobalPrefix('api'),
      });
      await app.get('/api/values/number');
      expect(said(await app.get('/api/values/number'))).toBe('hit; ttl=600');
    });

    it('not of POST, @All and @Head, nor by the arguments', async () => {
      const app = await CachedApp.start({ platform, controllers: [Others] });
      for (const n of [1, 2]) {
        const headers = { 'content-type': 'application/json', 'content-length': '2' };
        expect((await app.send('POST', '/search', headers, '{}')).body).toBe(`{"n":${n},"body":{}}`);
      }
      expect((await app.get('/all')).body).toBe('all 3');
      expect((await app.get('/all')).body).toBe('all 4');
      expect((await app.head('/only')).headers['cache-status']).toBeUndefined();
    });

    it('not with http: false, which leaves the method cached as without the interceptor', async () => {
      const app = await CachedApp.start({ platform, controllers: [Others] });
      const one = await app.get('/out', { 'x-n': '1' });
      expect([one.body, one.headers['cache-status']]).toEqual(['out 1', undefined]);
    });

    it('a handler that calls itself is cached as a method there', async () => {
      const app = await CachedApp.start({ platform, controllers: [Others] });
      expect((await app.get('/again/2')).body).toBe('[2,1,0]');
      expect((await app.get('/again/1')).body).toBe('[1,0]');
      expect(calls).toEqual(['again 2', 'again 1', 'again 0', 'again 1']);
      expect(app.cache.stats().methods['Others.again']?.hits).toBe(1);
    });

    it('two of one name never answer for each other', async () => {
      const other = (() => {
        @Controller('other')
        class Values {
          @Get(':kind')
          value(): string {
            return 'other';
          }
        }
        return Values;
      })();
      const app = await CachedApp.start({ platform, controllers: [Values, other] });
      expect((await app.get('/values/number')).body).toBe('7');
      expect((await app.get('/other/number')).body).toBe('other');
      expect(app.log.warnings).toEqual([expect.stringContaining('Two handlers are called "Values.value"')]);
    });
  });

  it.each([
    [true, [1, 1]],
    [false, [1, 2]],
  ])('what an interceptor around does to a value, with memory.isolate %j', async (isolate, seen) => {
    @Injectable()
    class Counting implements NestInterceptor {
      intercept(_context: ExecutionContext, next: CallHandler<{ n: number }>): Observable<object> {
        return next.handle().pipe(map((value) => Object.assign(value, { n: value.n + 1 })));
      }
    }
    @Controller('counted')
    class Counted {
      @Get()
      get(): object {
        return { n: 0 };
      }
    }
    const app = await CachedApp.start({
      platform,
      controllers: [Counted],
      outermost: [{ provide: APP_INTERCEPTOR, useClass: Counting }],
      options: { memory: { isolate } },
    });
    await app.get('/counted');
    const hits = [await app.get('/counted'), await app.get('/counted')];
    expect(hits.map(({ body }) => (JSON.parse(body) as { n: number }).n)).toEqual(seen);
    expect(app.cache.stats().memoryHits).toBe(2);
  });

  it('an interceptor on the controller, too, changes nothing', async () => {
    @Controller('twice')
    @UseInterceptors(DynamoCacheInterceptor)
    class Twice {
      @Get()
      get(): string {
        calls.push('twice');
        return 'twice';
      }
    }
    const app = await CachedApp.start({ platform, controllers: [Twice] });
    expect(said(await app.get('/twice', { cookie: 'x' }))).toBe('fwd=bypass; detail=cookie');
    expect(said(await app.get('/twice'))).toBe('fwd=uri-miss; stored; ttl=600');
    expect(said(await app.get('/twice'))).toBe('hit; ttl=600');
    expect([calls, app.cache.stats().misses]).toEqual([['twice', 'twice'], 1]);
  });

  it('the host is part of the key only when told so', async () => {
    const asked = async (includeHost: boolean) => {
      const app = await start({ options: { http: { includeHost } } });
      for (const host of ['a.example', 'b.example']) await app.get('/values/number', { host });
      await app.get('/values/number', { host: 'a.example', 'x-forwarded-host': 'c.example' });
      return app.cache.stats().misses;
    };
    expect([await asked(false), await asked(true)]).toEqual([1, 2]);
  });

  it('tags and methods evict responses', async () => {
    @Controller()
    class Tagged {
      @Get('tagged/:id')
      @DynamoCacheable({
        tags: ['all'],
        http: {
          tags: (context) => [
            `id:${context.switchToHttp().getRequest<{ params: { id: string } }>().params.id}`,
          ],
        },
      })
      async find(@Param('id') id: string): Promise<string> {
        calls.push(id);
        return Promise.resolve(id);
      }
    }
    const app = await CachedApp.start({ platform, controllers: [Tagged] });
    const ask = async () => {
      for (const id of ['1', '2']) await app.get(`/tagged/${id}`);
      return calls.splice(0);
    };
    expect(await ask()).toEqual(['1', '2']);
    await app.cache.evictTags('id:1');
    expect(await ask()).toEqual(['1']);
    await app.cache.evictTags('all');
    expect(await ask()).toEqual(['1', '2']);
    await app.cache.evictMethod('Tagged.find');
    expect(await ask()).toEqual(['1', '2']);
    await app.cache.clear();
    expect(await ask()).toEqual(['1', '2']);
  });

  it('a text in the place of a list of tags is refused: nothing would evict what is kept under its letters', async () => {
    @Controller()
    class Tagged {
      @Get('tagged')
      @DynamoCacheable({ http: { tags: () => 'menu' as never } })
      async find(): Promise<string> {
        calls.push('find');
        return Promise.resolve('found');
      }
    }
    const app = await CachedApp.start({ platform, controllers: [Tagged] });
    expect(said(await app.get('/tagged'))).toBe('fwd=bypass; detail=tags');
    await app.get('/tagged');
    expect(calls).toHaveLength(2);
  });

  it('unless, when and ttl are asked', async () => {
    @Controller()
    class Asking {
      @Get('asking/:id')
      @DynamoCacheable({
        when: (id: string) => id !== 'draft',
        unless: (value: { id: string }) => value.id === 'partial',
        ttl: ({ id }: { id: string }) => (id === 'never' ? false : id === 'short' ? '2s' : '1h'),
      })
      async find(@Param('id') id: string): Promise<{ id: string }> {
        calls.push(id);
        return Promise.resolve({ id });
      }
    }
    const app = await CachedApp.start({ platform, controllers: [Asking] });
    for (const id of ['draft', 'partial', 'never', 'short', 'other']) {
      const first = await app.get(`/asking/${id}`);
      await app.get(`/asking/${id}`);
      const isKept = id === 'short' || id === 'other';
      expect([id, calls.splice(0).length]).toEqual([id, isKept ? 1 : 2]);
      expect([id, said(first)]).toEqual([
        id,
        isKept ? `fwd=uri-miss; stored; ttl=${id === 'short' ? 2 : 3600}` : 'fwd=uri-miss',
      ]);
    }
  });

  it('a table that is away costs the handler, and is said', async () => {
    const store = new InMemoryStore();
    store.read = () => Promise.reject(new Error('away'));
    const app = await start({ store });
    const one = await app.get('/values/object');
    expect([one.status, said(one)]).toEqual([200, 'fwd=miss']);
  });

  it.each([
    ['a text', 'not a response'],
    ['a response of another release', { format: 'response-9', status: 200 }],
    ['a status that is never kept', { status: 500 }],
    ['a header that is never kept', { headers: { 'set-cookie': 'session=other' } }],
    ['a header that Node refuses', { headers: { 'x-bad': 'a\nb' } }],
    ['bytes for a body that are none', { body: new Uint8Array([1, 2, 3]) }],
    ['a body that is no bytes', { body: 'text' }],
  ])('%s in the table is not believed', async (_what, found) => {
    const app = await start();
    await app.get('/values/object');
    const whole = await app.get('/values/object');
    const key = 'Values.value(GET {"path":"/values/object"})';
    const stored = await app.cache.get<object>(key);
    expect(stored).toMatchObject({ format: 'response-1', status: 200 });
    await app.cache.set(key, typeof found === 'string' ? found : { ...stored, ...found });
    const again = await app.get('/values/object');
    expect([again.status, again.body, calls.length]).toEqual([200, whole.body, 2]);
    expect(said(await app.get('/values/object'))).toMatch(/^hit/);
  });
});

it('on a controller of a module that does not import the cache', async () => {
  @Controller('far')
  @UseInterceptors(DynamoCacheInterceptor)
  class Far {
    @Get()
    get(): string {
      calls.push('far');
      return 'far';
    }
  }
  const module = await Test.createTestingModule({
    imports: [
      DynamoCacheModule.forRoot({ isGlobal: true }),
      { module: class FarModule {}, controllers: [Far] },
    ],
  })
    .overrideProvider(DynamoStore)
    .useValue(new InMemoryStore())
    .compile();
  const app = module.createNestApplication();
  await app.listen(0, '127.0.0.1');
  try {
    for (let i = 0; i < 2; i++) expect(await (await fetch(`${await app.getUrl()}/far`)).text()).toBe('far');
    expect(calls).toEqual(['far']);
  } finally {
    await app.close();
  }
});
