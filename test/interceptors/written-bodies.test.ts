// A small body in memory is sent as the text that Fastify has made of it once, where nobody else sees the value.
import 'reflect-metadata';
import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  type NestInterceptor,
  Param,
  Res,
  Scope,
  Module,
  type Type,
  UseInterceptors,
} from '@nestjs/common';
import { APP_INTERCEPTOR, RouterModule } from '@nestjs/core';
import { FastifyAdapter, RouteSchema } from '@nestjs/platform-fastify';
import { type Observable, from, map, switchMap } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { DynamoCache, DynamoCacheInterceptor, DynamoCacheModule, DynamoCacheable } from '../../lib';
import { Log } from '../module/application';
import { PLATFORMS, type Site, openSite } from '../support/http-site';

const options = { memory: { ttl: '1m' } } as const;

const VALUES: Readonly<Record<string, unknown>> = {
  record: { name: 'Käse 🧀', at: new Date(0), list: [1, { deep: true }], none: null },
  list: [{ id: 1 }, { id: 2 }],
  empty: {},
  text: 'a text',
  number: 7,
  yes: true,
  date: new Date(0),
  buffer: { buffer: new Uint8Array([104, 105]).buffer },
  status: { statusCode: 500 },
  long: { text: 'x'.repeat(9_000) },
};

const SCHEMA = { type: 'object', properties: { shown: { type: 'string' } } };

interface Response {
  header(name: string, value: string): unknown;
  status(code: number): unknown;
}

let calls = 0;
let marksSeen = 0;

class Routes {
  @Get('values/:name')
  @DynamoCacheable('10m')
  async value(@Param('name') name: string): Promise<unknown> {
    calls++;
    return structuredClone(VALUES[name]);
  }

  @Get('typed')
  @DynamoCacheable('10m')
  async typed(@Res({ passthrough: true }) response: Response): Promise<unknown> {
    response.header('content-type', 'application/vnd.menu+json; charset=utf-8');
    return { id: 1 };
  }

  @Get('gone')
  @DynamoCacheable('10m')
  async gone(@Res({ passthrough: true }) response: Response): Promise<unknown> {
    response.status(410);
    return { id: 1 };
  }

  @Get('schema')
  @RouteSchema({ response: { 200: { content: { 'application/json': { schema: SCHEMA } } } } })
  @DynamoCacheable('10m')
  async schema(): Promise<unknown> {
    return { shown: 'yes', hidden: 'never' };
  }
}

@Controller()
@UseInterceptors(DynamoCacheInterceptor)
class Pages extends Routes {}

/** Changes what it is given in its place, which a text is not by that. */
@Injectable()
class Marks implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    marksSeen++;
    return next.handle().pipe(map(marked));
  }
}

function marked(value: unknown): unknown {
  if (typeof value !== 'object') return value;
  const { marks = 0 } = value as { marks?: number };
  return Object.assign(value!, { marks: marks + 1 });
}

@Injectable()
class MarkingCache extends DynamoCacheInterceptor {
  override intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const answers = Promise.resolve(super.intercept(context, next));
    return from(answers).pipe(
      switchMap((values) => values),
      map(marked),
    );
  }
}

/** A controller of its own, so that its metadata are. */
function pages(...interceptors: Type[]): Type {
  @UseInterceptors(...interceptors)
  class OtherPages extends Routes {}
  Controller()(OtherPages);
  return OtherPages;
}

interface Early {
  code(status: number): { header(name: string, value: string): unknown };
}

interface Instance {
  setReplySerializer(serializer: (payload: unknown, status: number) => string): void;
  addHook(name: 'onRequest', hook: (request: unknown, reply: Early) => Promise<void>): void;
  addHook(
    name: 'preSerialization',
    hook: (request: unknown, reply: unknown, payload: object) => Promise<unknown>,
  ): void;
}

/** What is sent by a load and by hits, without what tells them apart. */
async function answersOf({ ask }: Site, path: string) {
  const answers: { status: number; headers: object; text: string }[] = [];
  for (let i = 0; i < 4; i++) {
    const { status, headers, text } = await ask(path);
    if (i > 0) expect(headers['cache-status'], path).toMatch(/; hit/);
    const { date: _date, age: _age, 'cache-status': _said, ...rest } = headers;
    answers.push({ status, headers: rest, text });
  }
  return answers;
}

async function textsOf(site: Site, path: string): Promise<string[]> {
  return (await answersOf(site, path)).map(({ text }) => text);
}

const PROVIDED: Readonly<Record<string, { scope: Scope }>> = {
  'of the module': { scope: Scope.DEFAULT },
  'of each request': { scope: Scope.REQUEST },
};

const four = (text: string) => [text, text, text, text];

describe.each(PLATFORMS)('on %s', (platform) => {
  it('a hit is answered as the load was', async () => {
    const site = await openSite(platform, { controllers: [Pages], options });
    calls = 0;
    for (const path of [...Object.keys(VALUES).map((name) => `/values/${name}`), '/typed', '/gone']) {
      const [loaded, ...hits] = await answersOf(site, path);
      for (const hit of hits) expect(hit, path).toEqual(loaded);
    }
    expect(calls).toBe(Object.keys(VALUES).length);
  });

  it('HEAD is answered with the length of GET', async () => {
    const site = await openSite(platform, { controllers: [Pages], options });
    const [loaded] = await answersOf(site, '/values/record');
    const { headers, text } = await site.ask('/values/record', { method: 'HEAD' });
    expect(text).toBe('');
    expect(headers).toMatchObject({
      ...loaded?.headers,
      'cache-status': expect.stringContaining('; hit') as string,
    });
  });

  it.each(['of the module', 'of each request', 'of main.ts', 'of the controller'])(
    'an interceptor %s, around the cache, is given the value of each hit',
    async (place) => {
      marksSeen = 0;
      const site = await openSite(platform, {
        controllers: [pages(...(place === 'of the controller' ? [Marks] : []), DynamoCacheInterceptor)],
        providers:
          place in PROVIDED ? [{ provide: APP_INTERCEPTOR, useClass: Marks, ...PROVIDED[place] }] : [],
        configure: (app) => place === 'of main.ts' && app.useGlobalInterceptors(new Marks()),
        options,
      });
      expect(await textsOf(site, '/values/empty')).toEqual(four('{"marks":1}'));
      expect(marksSeen).toBe(4);
    },
  );

  it('one that extends the cache is given the value', async () => {
    const site = await openSite(platform, { controllers: [pages(MarkingCache)], options });
    expect(await textsOf(site, '/values/empty')).toEqual(four('{"marks":1}'));
  });

  it('one that a test has put in the place of the cache is asked, and nobody else', async () => {
    const standIn = { intercept: vi.fn((_context: unknown, next: CallHandler) => next.handle()) };
    const site = await openSite(platform, {
      controllers: [Pages],
      options,
      override: (builder) => builder.overrideInterceptor(DynamoCacheInterceptor).useValue(standIn),
    });
    for (let i = 0; i < 3; i++) {
      const { headers } = await site.ask('/values/empty');
      expect(headers).not.toHaveProperty('cache-status');
    }
    expect(standIn.intercept).toHaveBeenCalledTimes(3);
  });
});

it('a controller of two modules is cached by the cache of each', async () => {
  const [One, Other] = ['one', 'other'].map((namespace) => {
    class Home {}
    const cache = DynamoCacheModule.forRoot({ logger: new Log(), namespace, ...options });
    Module({ imports: [cache], controllers: [Pages] })(Home);
    return Home;
  }) as [Type, Type];
  const routes = RouterModule.register([
    { path: 'one', module: One },
    { path: 'other', module: Other },
  ]);
  const { app, ask } = await openSite('fastify', { imports: [One, Other, routes], options });
  for (const path of ['one', 'other', 'other', 'other']) await ask(`/${path}/values/list`);
  const caches = app.get(DynamoCache, { each: true, strict: false }).map((cache) => cache.stats());
  const counted = caches.map(({ loads, hits }) => `${loads} loads, ${hits} hits`);
  expect(counted.toSorted()).toEqual(['0 loads, 0 hits', '1 loads, 0 hits', '1 loads, 2 hits']);
});

describe('Fastify', () => {
  const instanceOf = (app: Site['app']) => app.getHttpAdapter().getInstance() as Instance;

  it('makes a text of a value once for all hits, by the serializer of the application', async () => {
    const serializer = vi.fn((payload: unknown) => `${JSON.stringify(payload)} `);
    const site = await openSite('fastify', {
      controllers: [Pages],
      options,
      configure: (app) => {
        instanceOf(app).setReplySerializer(serializer);
      },
    });
    expect(await textsOf(site, '/values/list')).toEqual(four('[{"id":1},{"id":2}] '));
    // For the load, and for the hits.
    expect(serializer).toHaveBeenCalledTimes(2);
    // Larger ones would be held in memory twice.
    serializer.mockClear();
    await textsOf(site, '/values/long');
    expect(serializer).toHaveBeenCalledTimes(4);
  });

  it('makes it of the status that is sent', async () => {
    const site = await openSite('fastify', {
      controllers: [Pages],
      options,
      configure: (app) => {
        instanceOf(app).setReplySerializer((payload, status) => JSON.stringify([payload, status]));
        instanceOf(app).addHook('onRequest', async (_request, reply) => void reply.code(202));
      },
    });
    expect(await textsOf(site, '/values/empty')).toEqual(four('[{},200]'));
    expect(await textsOf(site, '/gone')).toEqual(four('[{"id":1},410]'));
  });

  it('makes none where a type of content has been set', async () => {
    const site = await openSite('fastify', {
      controllers: [Pages],
      options,
      configure: (app) => {
        instanceOf(app).addHook('onRequest', async (_request, reply) => {
          reply.code(200).header('content-type', 'application/hal+json');
        });
      },
    });
    for (const { headers } of await answersOf(site, '/values/empty'))
      expect(headers).toMatchObject({ 'content-type': 'application/hal+json; charset=utf-8' });
  });

  it('does so for each hit when a hook sees the value first', async () => {
    const site = await openSite('fastify', {
      controllers: [Pages],
      options,
      configure: (app) => {
        instanceOf(app).addHook('preSerialization', async (_request, _reply, payload) => marked(payload));
      },
    });
    expect(await textsOf(site, '/values/empty')).toEqual(four('{"marks":1}'));
  });

  it('shows on a hit no more than the schema of the route', async () => {
    const site = await openSite('fastify', { controllers: [Pages], options });
    expect(await textsOf(site, '/schema')).toEqual(four('{"shown":"yes"}'));
  });

  it('an adapter of the application is given the value', async () => {
    class Wrapping extends FastifyAdapter {
      override reply(...[response, body, status]: Parameters<FastifyAdapter['reply']>) {
        return super.reply(response, { data: body as unknown }, status);
      }
    }
    const site = await openSite('fastify', { adapter: new Wrapping(), controllers: [Pages], options });
    expect(await textsOf(site, '/values/empty')).toEqual(four('{"data":{}}'));
    const patched = new FastifyAdapter();
    const reply = patched.reply.bind(patched);
    patched.reply = (response, body, statusCode) => reply(response, { data: body as unknown }, statusCode);
    const other = await openSite('fastify', { adapter: patched, controllers: [Pages], options });
    expect(await textsOf(other, '/values/empty')).toEqual(four('{"data":{}}'));
  });
});
