// What a client may write into its request to be given somebody else's page, to have others given a page of its making,
// or to make the cache grow.
import 'reflect-metadata';
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Header,
  HostParam,
  type INestApplication,
  Injectable,
  NotFoundException,
  Param,
  Req,
  type Type,
  UseGuards,
  UseInterceptors,
  VersioningType,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { IncomingHttpHeaders } from 'node:http';
import { beforeEach, describe, expect, it } from 'vitest';
import { DynamoCacheInterceptor, DynamoCacheable } from '../../../lib';
import { type Answer, type Headers, askInBytes } from '../../support/http-client';
import { PLATFORMS, type Platform, type Site, openSite } from '../../support/http-site';

interface Seen {
  headers: IncomingHttpHeaders;
  url: string;
  query: Record<string, unknown>;
  hostname: string;
}

/** What the handler has seen of the request, so that an answer tells whose it is. */
interface Page {
  readonly nth: number;
  readonly url: string;
  readonly query: unknown;
  readonly headers: IncomingHttpHeaders;
}

let calls = 0;
beforeEach(() => {
  calls = 0;
});

/** What a varyBy that was written in a hurry may return. */
const ODD = { object: { id: 7 }, number: 7, nothing: null, promised: Promise.resolve({}), list: ['ann'] };

// Copied, since what Fastify parses a query into is no plain object, and a value of no known class is not cached.
const pageOf = ({ url, query, headers }: Seen): Page => ({ nth: ++calls, url, query: { ...query }, headers });

/** As a request-scoped service would hold it: the handler knows who asks, its arguments do not. */
let current: string | undefined;

@Injectable()
class Remembering implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    current = context.switchToHttp().getRequest<Seen>().headers.cookie;
    return true;
  }
}

@Controller()
@UseInterceptors(DynamoCacheInterceptor)
class PagesController {
  @Get('mine/:page')
  @UseGuards(Remembering)
  @DynamoCacheable('10m')
  async mine(@Param('page') page: string): Promise<object> {
    return { nth: ++calls, page, owner: current };
  }

  @Get(['page', 'page/:a', 'page/:a/:b'])
  @DynamoCacheable('10m')
  async page(@Req() request: Seen): Promise<Page> {
    return pageOf(request);
  }

  @Get('named')
  @DynamoCacheable({
    ttl: '10m',
    http: {
      varyBy: (context) => {
        const { headers } = context.switchToHttp().getRequest<Seen>();
        return headers['x-user'] as string | undefined;
      },
    },
  })
  async named(@Req() request: Seen): Promise<Page> {
    return pageOf(request);
  }

  @Get('odd/:name')
  @DynamoCacheable({
    ttl: '10m',
    http: {
      varyBy: ((context: ExecutionContext) => {
        const { url } = context.switchToHttp().getRequest<Seen>();
        return ODD[url.replace('/odd/', '') as keyof typeof ODD];
      }) as unknown as () => string,
    },
  })
  async odd(@Req() request: Seen): Promise<Page> {
    return pageOf(request);
  }

  @Get('failing')
  @DynamoCacheable({ ttl: '10m', cacheErrors: () => '5m' })
  async failing(@Req() request: Seen): Promise<Page> {
    throw new NotFoundException(pageOf(request).nth);
  }

  @Get('few')
  @DynamoCacheable({ ttl: '10m', http: { maxQueryParameters: 3 } })
  async few(@Req() request: Seen): Promise<Page> {
    return pageOf(request);
  }

  @Get('varying')
  @Header('Vary', 'X-Variant')
  @DynamoCacheable('10m')
  async varying(@Req() request: Seen): Promise<Page> {
    return pageOf(request);
  }

  @Get('private')
  @Header('Cache-Control', 'private')
  @DynamoCacheable('10m')
  async private(@Req() request: Seen): Promise<Page> {
    return pageOf(request);
  }
}

const open = (
  platform: Platform,
  controllers: Type<unknown>[],
  configure?: (app: INestApplication) => void,
): Promise<Site> => openSite(platform, { controllers, ...(configure && { configure }) });

const nthOf = ({ text }: Answer): number => (JSON.parse(text) as Page).nth;

describe.each(PLATFORMS)('%s', (platform) => {
  let site: Site;
  const nth = async (path: string, headers?: Headers): Promise<number> =>
    nthOf(await site.ask(path, headers && { headers }));

  beforeEach(async () => {
    site = await open(platform, [PagesController]);
  });

  describe('the address', () => {
    it.each([
      ['X-Forwarded-Host', 'evil.example'],
      ['X-Forwarded-Proto', 'gopher'],
      ['X-Original-URL', '/named'],
      ['X-Rewrite-URL', '/named'],
      ['X-HTTP-Method-Override', 'POST'],
      ['Forwarded', 'host=evil.example'],
    ])('%s makes no page of its own, and moves nobody to another', async (name, value) => {
      const { text } = await site.ask('/page', { headers: { [name]: value } });
      expect((JSON.parse(text) as Page).url).toBe('/page');
      expect(await nth('/page')).toBe(1);
      expect(await nth('/named', { [name]: '/page' })).toBe(2);
    });

    it.each([
      '/page/a%2Fb',
      '/page/a%2fb',
      '/page/a%252Fb',
      '/page/A/b',
      '/page/a/b/',
      '/page/a//b',
      '/page/a/./b',
    ])('%s is not /page/a/b', async (path) => {
      expect(await nth('/page/a/b')).toBe(1);
      const { status, text } = await site.ask(path);
      // A platform may know no such address; it may not take it for the other.
      if (status === 200) expect(JSON.parse(text)).toMatchObject({ nth: 2, url: path });
      else expect(status).toBe(404);
    });

    it('a query cannot stand for a path, nor a path for a query', async () => {
      expect(await nth('/page?a=1')).toBe(1);
      expect(await nth('/page/%3Fa=1')).toBe(2);
      expect(await nth('/page/rest?a=1')).toBe(3);
      expect(await nth('/page/rest%3Fa=1')).toBe(4);
    });

    it('a request for an absolute address is a request for its path', async () => {
      expect(await nth('/page?a=1')).toBe(1);
      const answered = await askInBytes(
        site.url,
        'GET http://evil.example/named HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      );
      expect(answered).not.toContain('"nth":1');
      expect(await nth('/page?a=1')).toBe(1);
    });
  });

  describe('the query', () => {
    it.each([
      ['?a=1&a=2', '?a=2&a=1'],
      ['?a=1&a=2', '?a=1'],
      ['?a=1&a=2', '?a=1,2'],
      ['?a=1', '?a=1&a='],
      ['?a=1', '?A=1'],
      ['?a=', '?a'],
      ['?a=1&b=2', '?a=1%26b=2'],
      ['?a=1&b=2', '?a=1;b=2'],
      ['?a=1&b=2', '?a=1&b%3D2='],
      ['?a[]=1&a[]=2', '?a[]=2&a[]=1'],
      ['?a[x]=1&a=2', '?a=2&a[x]=1'],
      ['?a%3D1=2', '?a=1%3D2'],
      ['?a=1+2', '?a=1%2B2'],
      ['?__proto__=1', '?constructor=1'],
    ])('%s and %s are two pages', async (one, other) => {
      const pages = [await site.ask(`/page${one}`), await site.ask(`/page${other}`)];
      const [first, second] = pages.map(({ text }) => JSON.parse(text) as Page);
      // Where a parser makes the same of both, they may be one page.
      if (JSON.stringify(first!.query) !== JSON.stringify(second!.query)) expect(second!.nth).toBe(2);
      else expect(second!.query).toEqual(first!.query);
      expect([first!.url, pages.length]).toEqual([`/page${one}`, 2]);
    });

    it.each([
      ['?a=1&b=2&c=3', '?c=3&a=1&b=2'],
      ['?b=2&a=1', '?a=1&b=2'],
    ])('%s and %s are one', async (one, other) => {
      expect([await nth(`/page${one}`), await nth(`/page${other}`)]).toEqual([1, 1]);
    });

    it('more names than maxQueryParameters pass by the cache, repeated ones or not', async () => {
      expect([await nth('/few?a=1&b=2&c=3'), await nth('/few?a=1&b=2&c=3')]).toEqual([1, 1]);
      expect([await nth('/few?a=1&b=2&c=3&d=4'), await nth('/few?a=1&b=2&c=3&d=4')]).toEqual([2, 3]);
      expect([await nth('/few?a=1&a=2&a=3&a=4'), await nth('/few?a=1&a=2&a=3&a=4')]).toEqual([4, 4]);
    });

    it('a query of many kilobytes is a page like others', async () => {
      const long = `/page?a=${'x'.repeat(7_000)}`;
      expect([await nth(`${long}1`), await nth(`${long}2`), await nth(`${long}1`)]).toEqual([1, 2, 1]);
    });

    it('a thousand parameters pass by the cache', async () => {
      const many = `/page?${Array.from({ length: 1_000 }, (_, i) => `p${i}`).join('&')}`;
      expect([await nth(many), await nth(many)]).toEqual([1, 2]);
    });
  });

  describe('the identity', () => {
    const users = [
      'ann',
      'ann"',
      'ann,',
      'ann","path":"/named',
      '{"identity":"ann"}',
      'ann&user=bob',
      'ann)',
      'ann#',
      'ann ann',
      'undefined',
      'null',
      '[object Object]',
      '\\u0061nn',
      'Ann',
      'a'.repeat(3_000),
      `${'a'.repeat(2_999)}b`,
    ];

    it('each text is somebody else', async () => {
      for (const [i, user] of users.entries()) expect(await nth('/named', { 'X-User': user })).toBe(i + 1);
      for (const [i, user] of users.entries()) expect(await nth('/named', { 'X-User': user })).toBe(i + 1);
    });

    it('nobody is nobody whom a text could name', async () => {
      expect(await nth('/named')).toBe(1);
      for (const [i, user] of users.entries()) expect(await nth('/named', { 'X-User': user })).toBe(i + 2);
      expect(await nth('/named')).toBe(1);
    });

    it.each(Object.keys(ODD))(
      'that is no text (%s) names nobody: the request passes by the cache',
      async (name) => {
        const headers = { Authorization: 'Bearer ann' };
        expect([await nth(`/odd/${name}`, headers), await nth(`/odd/${name}`, headers)]).toEqual([1, 2]);
        expect([await nth(`/odd/${name}`), await nth(`/odd/${name}`)]).toEqual([3, 4]);
      },
    );

    it('an identity cannot be written into the address', async () => {
      expect(await nth('/named', { 'X-User': 'ann' })).toBe(1);
      for (const path of [
        '/named?identity=ann',
        '/named?x-user=ann',
        '/named?","identity":"ann',
        '/named?"%2C"identity"%3A"ann"',
        '/named?%00ann',
      ]) {
        expect(await nth(path), path).toBeGreaterThan(1);
      }
      expect(await nth('/named', { 'X-User': 'ann' })).toBe(1);
    });

    it('an empty text names nobody: with a cookie the request passes by the cache', async () => {
      const headers = { 'X-User': '', Cookie: 'session=ann' };
      expect([await nth('/named', headers), await nth('/named', headers)]).toEqual([1, 2]);
    });

    it.each([
      ['Authorization', ''],
      ['Authorization', 'Basic'],
      ['Cookie', ''],
      ['Cookie', ';'],
      ['cOOkIE', 'a=b'],
    ])('a %s that says %j is one all the same', async (name, value) => {
      expect(await nth('/page')).toBe(1);
      expect(await nth('/page', { [name]: value })).toBe(2);
      expect(await nth('/page')).toBe(1);
    });
  });

  describe('Vary', () => {
    it('bytes that no other client sends make variants of their own', async () => {
      const values = [
        'a',
        'a"',
        'a","b',
        'a, b',
        '\u00e9',
        '\tb',
        'x'.repeat(4_000),
        `${'x'.repeat(3_999)}y`,
      ];
      const first = [];
      for (const value of values) first.push(await nth('/varying', { 'X-Variant': value }));
      const again = [];
      for (const value of values) again.push(await nth('/varying', { 'X-Variant': value }));
      expect(first).toEqual(values.map((_, i) => i + 1));
      expect(again).toEqual(first);
    });

    it('a line break that a header smuggles in is refused before it is asked for', async () => {
      const answered = await askInBytes(
        site.url,
        'GET /varying HTTP/1.1\r\nHost: x\r\nX-Variant: a\rSet-Cookie: b=c\r\nConnection: close\r\n\r\n',
      );
      expect(answered).toMatch(/^HTTP\/1\.1 400/);
      expect(answered).not.toMatch(/^Set-Cookie/im);
    });

    it('a folded line is one value, and opens no header of its own', async () => {
      const answered = await askInBytes(
        site.url,
        'GET /varying HTTP/1.1\r\nHost: x\r\nX-Variant: a\r\n Set-Cookie: b=c\r\nConnection: close\r\n\r\n',
      );
      expect(answered).not.toMatch(/^Set-Cookie/im);
      expect(await nth('/varying', { 'X-Variant': 'a' })).toBeGreaterThan(0);
    });

    it('a thousand variants: each its own, and the first is found without the others being looked through', async () => {
      const variant = (i: number) => ({ headers: { 'X-Variant': `v${i}` } });
      for (let i = 0; i < 1_000; i += 100) {
        await Promise.all(Array.from({ length: 100 }, (_, k) => site.ask('/varying', variant(i + k))));
      }
      expect(calls).toBe(1_000);
      const reads = countReads(site);
      const again = await Promise.all(
        ['v0', 'v500', 'v999'].map((value) => nth('/varying', { 'X-Variant': value })),
      );
      expect(new Set(again).size).toBe(3);
      expect([calls, reads()]).toEqual([1_000, expect.toSatisfy((n: number) => n <= 3 * 4)]);
    }, 60_000);
  });

  it('many at once who may not share are not asked one after the other', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => nth('/private')));
    expect([...all].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });

  it('a request that passes by the cache is not served by the arguments of the handler alone', async () => {
    for (const [i, Cookie] of ['session=ann', 'session=bob', 'session=ann'].entries()) {
      const { text } = await site.ask('/mine/1', { headers: { Cookie } });
      expect(JSON.parse(text)).toEqual({ nth: i + 1, page: '1', owner: Cookie });
    }
  });

  it('an exception is not cached under `cacheErrors` either', async () => {
    const texts = [await site.ask('/failing'), await site.ask('/failing')].map(({ text }) => text);
    expect(texts[0]).not.toBe(texts[1]);
    expect(calls).toBe(2);
  });

  it('other methods leave nothing behind', async () => {
    for (const method of ['OPTIONS', 'POST', 'PURGE', 'DELETE', 'TRACE']) {
      const { status } = await site.ask('/page', { method });
      expect(status).toBeGreaterThanOrEqual(400);
    }
    expect(await nth('/page')).toBe(1);
    expect(calls).toBe(1);
  });
});

/** How often the store is read from now on. */
function countReads({ store }: Site): () => number {
  const read = store.read.bind(store);
  let reads = 0;
  store.read = (...args) => {
    reads++;
    return read(...args);
  };
  return () => reads;
}

describe.each(PLATFORMS)('several controllers at one address, on %s', (platform) => {
  const labelled = (label: string, options: { host?: string; version?: string }): Type<unknown> => {
    @Controller({ path: 'same', ...options })
    @UseInterceptors(DynamoCacheInterceptor)
    class Labelled {
      constructor(readonly host: HttpAdapterHost) {}

      @Get()
      @DynamoCacheable({ ttl: '10m', name: label })
      async page(): Promise<object> {
        return { label, nth: ++calls };
      }
    }
    return Labelled;
  };
  const label = async (site: Site, headers: Headers) => {
    const { text } = await site.ask('/same', { headers });
    return (JSON.parse(text) as { label: string }).label;
  };

  // Nest gives Fastify no two controllers of one address and several hosts.
  it.runIf(platform === 'express')('by host', async () => {
    const site = await open(platform, [
      labelled('one', { host: 'one.example' }),
      labelled('two', { host: 'two.example' }),
    ]);
    for (let round = 0; round < 2; round++) {
      expect(await label(site, { Host: 'one.example' })).toBe('one');
      expect(await label(site, { Host: 'two.example' })).toBe('two');
    }
    expect(calls).toBe(2);
    const { status } = await site.ask('/same', { headers: { Host: 'three.example' } });
    expect(status).toBe(404);
  });

  it('by a part of the host', async () => {
    @Controller({ path: 'same', host: ':tenant.example' })
    @UseInterceptors(DynamoCacheInterceptor)
    class Tenants {
      @Get()
      @DynamoCacheable('10m')
      async page(@HostParam('tenant') tenant: string): Promise<object> {
        calls++;
        return { label: tenant };
      }
    }
    const site = await open(platform, [Tenants]);
    for (let round = 0; round < 2; round++) {
      expect(await label(site, { Host: 'one.example' })).toBe('one');
      expect(await label(site, { Host: 'two.example' })).toBe('two');
    }
    expect(calls).toBe(2);
  });

  it.each([
    [
      'a header',
      { type: VersioningType.HEADER, header: 'X-Version' } as const,
      (v: string) => ({ 'X-Version': v }),
    ],
    [
      'the media type',
      { type: VersioningType.MEDIA_TYPE, key: 'v=' } as const,
      (v: string) => ({ Accept: `application/json;v=${v}` }),
    ],
    [
      'a function',
      {
        type: VersioningType.CUSTOM,
        extractor: (request: unknown) => String((request as Seen).headers['x-v']),
      } as const,
      (v: string) => ({ 'X-V': v }),
    ],
  ])('by a version in %s', async (_where, versioning, headersOf) => {
    const site = await open(
      platform,
      [labelled('one', { version: '1' }), labelled('two', { version: '2' })],
      (app) => app.enableVersioning(versioning),
    );
    for (let round = 0; round < 2; round++) {
      expect(await label(site, headersOf('1'))).toBe('one');
      expect(await label(site, headersOf('2'))).toBe('two');
    }
    expect(calls).toBe(2);
    expect((await site.ask('/same', { headers: headersOf('3') })).status).toBe(404);
  });
});
