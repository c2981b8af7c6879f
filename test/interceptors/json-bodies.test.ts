// With `body: 'json'`, objects are kept as the JSON that clients are sent, wherever nothing else is to see the object.
import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  Get,
  Header,
  HttpCode,
  type INestApplication,
  Injectable,
  type NestInterceptor,
  Param,
  Query,
  Res,
  Scope,
  UseInterceptors,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { ServerResponse } from 'node:http';
import { type Observable, from, map, switchMap, tap } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type DynamoCache, DynamoCacheInterceptor, DynamoCacheable } from '../../lib';
import { InMemoryStore, ManualClock } from '../../lib/testing';
import { FastifyResponse } from '../../lib/interceptors/fastify-response';
import { deferred } from '../engine/deferred';
import { CachedApp, PLATFORMS, type Reply, said } from './cached-app';

let calls = 0;
/** Set by a test to hold a handler back. */
let held: Promise<void> | undefined;

beforeEach(() => {
  calls = 0;
  held = undefined;
});

afterEach(() => {
  vi.restoreAllMocks();
});

class Dish {
  constructor(
    readonly name: string,
    readonly secret = 'recipe',
  ) {}
}

const circle: { self?: unknown } = {};
circle.self = circle;

const VALUES: Record<string, unknown> = {
  object: { text: 'ä€', list: [1, null, undefined], date: new Date(0), nothing: undefined, nan: NaN },
  'nested object': { a: { b: [{ c: '</script>' }] } },
  'empty object': {},
  array: [1, 2],
  'empty array': [],
  'object without a prototype': Object.assign(Object.create(null) as object, { a: 1 }),
  date: new Date(0),
  map: new Map([[1, 2]]),
  text: 'text <b>',
  'empty text': '',
  number: 7,
  boolean: false,
  null: null,
  undefined: undefined,
  'array buffer': new ArrayBuffer(2),
  buffer: Buffer.from('bytes'),
  'array of bytes': new Uint8Array([1, 2]),
  error: new Error('returned'),
  bigint: { big: 1n },
  'object inside itself': circle,
};

@Controller('values')
class Values {
  @Get('value/:kind')
  async value(@Param('kind') kind: string): Promise<unknown> {
    calls++;
    await held;
    return VALUES[kind];
  }

  @Get('typed')
  typed(@Query('type') type: string, @Res({ passthrough: true }) reply: Reply): object {
    calls++;
    reply.header('Content-Type', type);
    return { type, list: [] };
  }

  @Get('tagged')
  tagged(@Query('type') type: string | undefined, @Res({ passthrough: true }) reply: Reply): object {
    if (type !== undefined) reply.header('Content-Type', type);
    return {};
  }

  @Get('nothing')
  @HttpCode(204)
  nothing(): object {
    calls++;
    return { n: 1 };
  }

  @Get('gone')
  @HttpCode(410)
  @Header('X-Set', 'set')
  gone(): object {
    calls++;
    return { statusCode: 410, message: 'gone' };
  }

  @Get('dish')
  dish(): Dish {
    calls++;
    return new Dish('pizza');
  }

  @Get('changing')
  @DynamoCacheable({ ttl: '1m', staleWhileRevalidate: '1m' })
  async changing(): Promise<object> {
    return Promise.resolve({ n: ++calls });
  }
}

function wrapped(value: unknown): object {
  return { data: value };
}

/** What many applications have around all routes. */
@Injectable()
class Envelope implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map(wrapped));
  }
}

@Injectable({ scope: Scope.REQUEST })
class RequestEnvelope extends Envelope {}

@Injectable()
class WrappingCache extends DynamoCacheInterceptor {
  override intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return from(Promise.resolve(super.intercept(context, next))).pipe(
      switchMap((answer) => answer),
      map(wrapped),
    );
  }
}

const FIELDS = ['content-type', 'content-length', 'cache-control', 'x-set', 'age', 'cache-status'];

/** All of an answer but what differs from one form to the other: its tag. */
function essence({ status, headers, body }: Awaited<ReturnType<CachedApp['get']>>): unknown {
  return [status, body, headers.etag !== undefined, ...FIELDS.map((name) => headers[name])];
}

/** Counts what is written as JSON. */
function countStringified(): { readonly count: number } {
  const spy = vi.spyOn(JSON, 'stringify');
  return {
    get count() {
      return spy.mock.calls.filter(
        ([value]) => typeof value === 'object' && value !== null && 'list' in value,
      ).length;
    },
  };
}

describe.each(PLATFORMS)('%s', (platform) => {
  const start = (setup: Partial<Parameters<typeof CachedApp.start>[0]> = {}) =>
    CachedApp.start({ platform, body: 'json', controllers: [Values], ...setup });

  describe('answers are what they are when values are kept', () => {
    const sequence = async (app: CachedApp, path: string) => [
      essence(await app.get(path)),
      essence(await app.get(path)),
      essence(await app.head(path)),
      essence(await app.get(path, { cookie: 'a=b' })),
    ];

    it.each([
      ...Object.keys(VALUES).map((kind) => `/values/value/${encodeURIComponent(kind)}`),
      ...['application/json', 'application/json;charset=utf-8', 'Application/JSON ; v=1'].map(
        (type) => `/values/typed?type=${encodeURIComponent(type)}`,
      ),
      ...['application/problem+json', 'application/jsonl', 'application/vnd.api+json'].map(
        (type) => `/values/typed?type=${encodeURIComponent(type)}`,
      ),
      '/values/typed?type=text/csv',
      '/values/nothing',
      '/values/gone',
      '/values/dish',
    ])('%s', async (path) => {
      const [asValues, asJson] = [await start({ body: 'value' }), await start()];
      expect(await sequence(asJson, path)).toEqual(await sequence(asValues, path));
    });
  });

  it('a hit neither decodes nor serializes', async () => {
    const app = await start();
    const written = countStringified();
    const decode = vi.spyOn(app.cache.routes, 'decode');
    await app.get('/values/value/object');
    expect(written.count).toBe(1);
    for (let i = 0; i < 3; i++) {
      expect(said(await app.get('/values/value/object'))).toMatch(/^hit/);
    }
    expect([calls, written.count]).toEqual([1, 1]);
    expect(decode).not.toHaveBeenCalled();
  });

  it.each(['application/json', 'application/json; charset=utf-8'])(
    'what its handler calls %s is JSON, too',
    async (type) => {
      const app = await start();
      const written = countStringified();
      const path = `/values/typed?type=${encodeURIComponent(type)}`;
      for (let i = 0; i < 2; i++) expect((await app.get(path)).body).toBe(`{"type":"${type}","list":[]}`);
      expect([calls, written.count]).toEqual([1, 1]);
    },
  );

  it('JSON has one tag, whether or not its handler calls it JSON', async () => {
    const app = await start();
    const { headers } = await app.get('/values/tagged');
    const called = await app.get('/values/tagged?type=application/json');
    expect([called.body, called.headers.etag]).toEqual(['{}', headers.etag ?? expect.fail()]);
  });

  it('a hit on another process, out of the table', async () => {
    const clock = new ManualClock();
    const store = new InMemoryStore(clock);
    const miss = await (await start({ store, clock })).get('/values/value/object');
    const hit = await (await start({ store, clock })).get('/values/value/object');
    expect([hit.body, said(hit), hit.headers['content-type']]).toEqual([
      miss.body,
      'hit; ttl=600',
      miss.headers['content-type'],
    ]);
  });

  it.each([
    ['json-1', 'json'],
    ['response-1', 'value'],
  ] as const)("%s with codec: 'json', which has no bytes, is a text in the table", async (format, body) => {
    const clock = new ManualClock();
    const store = new InMemoryStore(clock);
    const options = { codec: 'json' } as const;
    const [first, second] = [
      await start({ store, clock, options, body }),
      await start({ store, clock, options, body }),
    ];
    const miss = await first.get('/values/value/nested%20object');
    for (const app of [first, second]) {
      const hit = await app.get('/values/value/nested%20object');
      expect([hit.body, said(hit)]).toEqual([miss.body, 'hit; ttl=600']);
    }
    expect(await first.cache.get('Values.value(GET {"path":"/values/value/nested%20object"})')).toMatchObject(
      {
        format,
        body: miss.body,
      },
    );
    expect((await second.get('/values/value/empty%20array')).body).toBe('[]');
  });

  it('for those who wait for one load, and behind a stale answer', async () => {
    const app = await start();
    const gate = deferred();
    held = gate.promise;
    const asked = Array.from({ length: 3 }, () => app.get('/values/value/object'));
    await expect.poll(() => calls).toBe(1);
    gate.resolve();
    const answers = await Promise.all(asked);
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
    expect(calls).toBe(1);

    calls = 0;
    expect((await app.get('/values/changing')).body).toBe('{"n":1}');
    app.clock.advance(90_000);
    const stale = await app.get('/values/changing');
    expect([stale.body, said(stale)]).toEqual(['{"n":1}', 'hit; ttl=-30; detail=stale-while-revalidate']);
    await expect.poll(async () => (await app.get('/values/changing')).body).toBe('{"n":2}');
  });

  it('a 304 on a miss and on a hit', async () => {
    const app = await start();
    const { headers } = await app.get('/values/value/object');
    const conditional = { 'if-none-match': headers.etag ?? '' };
    const hit = await app.get('/values/value/object', conditional);
    const miss = await app.get('/values/value/object?page=2', conditional);
    for (const answer of [hit, miss]) {
      expect([answer.status, answer.body, answer.headers['content-type']]).toEqual([304, '', undefined]);
    }
  });

  describe('values are kept where something around the cache is given them', () => {
    const twice = async (app: CachedApp, path = '/values/value/array') => {
      const answers = [await app.get(path), await app.get(path)];
      expect([calls, said(answers[1] ?? expect.fail())]).toEqual([1, expect.stringMatching(/^hit/)]);
      return answers.map(({ body }) => body);
    };
    const inEnvelope = Array.from({ length: 2 }, () => '{"data":[1,2]}');

    it.each([Envelope, RequestEnvelope])('%o around all routes', async (useClass) => {
      const app = await start({ outermost: [{ provide: APP_INTERCEPTOR, useClass }] });
      expect(await twice(app)).toEqual(inEnvelope);
    });

    it('an interceptor around a handler with the cache inside', async () => {
      @Controller('inside')
      class Inside {
        @Get()
        @UseInterceptors(Envelope, DynamoCacheInterceptor)
        get(): number[] {
          calls++;
          return [1, 2];
        }
      }
      const app = await start({ controllers: [Inside], isOnEveryRoute: false });
      expect(await twice(app, '/inside')).toEqual(inEnvelope);
    });

    it('an interceptor around the cache, inside one whose cache is something else', async () => {
      const other: unknown = {};
      const idle = new DynamoCacheInterceptor(other as DynamoCache, {}, undefined);
      @Controller('idle')
      @UseInterceptors(idle, Envelope, DynamoCacheInterceptor)
      class Idle {
        @Get()
        get(): number[] {
          calls++;
          return [1, 2];
        }
      }
      const app = await start({ controllers: [Idle], isOnEveryRoute: false });
      expect(await twice(app, '/idle')).toEqual(inEnvelope);
    });

    it('a class that extends the cache', async () => {
      @Controller('extended')
      @UseInterceptors(WrappingCache)
      class Extended {
        @Get()
        get(): number[] {
          calls++;
          return [1, 2];
        }
      }
      const app = await start({ controllers: [Extended], isOnEveryRoute: false });
      expect(await twice(app, '/extended')).toEqual(inEnvelope);
    });

    it('what is put around the instance later', async () => {
      const app = await start({ isOnEveryRoute: false, configure: useGlobally });
      const path = '/values/value/array';
      expect((await app.get(path)).body).toBe('[1,2]');
      const cache = app.app.get(DynamoCacheInterceptor);
      const original = cache.intercept.bind(cache);
      vi.spyOn(cache, 'intercept').mockImplementation((context, next) =>
        from(Promise.resolve(original(context, next))).pipe(
          switchMap((answer) => answer),
          map(wrapped),
        ),
      );
      for (let i = 0; i < 2; i++) expect((await app.get(path)).body).toBe('{"data":[1,2]}');
    });
  });

  it('an interceptor inside the cache is none around it', async () => {
    @Controller('outside')
    class Outside {
      @Get()
      @UseInterceptors(DynamoCacheInterceptor, Envelope)
      get(): object {
        calls++;
        return VALUES.object as object;
      }
    }
    const app = await start({ controllers: [Outside], isOnEveryRoute: false });
    await app.get('/outside');
    const written = countStringified();
    expect((await app.get('/outside')).body).toMatch(/^\{"data":\{"text"/);
    expect([calls, written.count]).toEqual([1, 0]);
  });

  it('a toJSON that looks who asks is asked for each answer', async () => {
    const asking = new AsyncLocalStorage<string>();
    class Priced {
      constructor(
        readonly name: string,
        readonly cost: number,
      ) {}

      toJSON(): object {
        return asking.getStore() === 'cook' ? { name: this.name, cost: this.cost } : { name: this.name };
      }
    }
    @Controller('priced')
    class PricedDishes {
      @Get()
      get(): object {
        calls++;
        return { dishes: [new Priced('pizza', 3)] };
      }
    }
    const app = await start({
      controllers: [PricedDishes],
      options: { types: [Priced] },
      configure: (nest) => {
        nest.use(({ headers }: { headers: Record<string, string> }, _response: unknown, next: () => void) => {
          asking.run(headers['x-user'] ?? 'guest', next);
        });
      },
    });
    expect((await app.get('/priced', { 'x-user': 'cook' })).body).toBe(
      '{"dishes":[{"name":"pizza","cost":3}]}',
    );
    expect((await app.get('/priced')).body).toBe('{"dishes":[{"name":"pizza"}]}');
    expect(calls).toBe(1);
  });

  it('a content type that something sets before the handler, by request, stays', async () => {
    const app = await start({
      configure: (nest) => {
        nest.use(
          ({ headers }: { headers: Record<string, string> }, response: ServerResponse, next: () => void) => {
            if (headers['x-type']) response.setHeader('Content-Type', headers['x-type']);
            next();
          },
        );
      },
    });
    const path = '/values/value/array';
    await app.get(path);
    for (let i = 0; i < 2; i++) {
      const typed = await app.get(path, { 'x-type': 'application/vnd.api+json' });
      expect([typed.headers['content-type'], typed.body]).toEqual([
        'application/vnd.api+json; charset=utf-8',
        '[1,2]',
      ]);
    }
    expect((await app.get(path)).headers['content-type']).toBe('application/json; charset=utf-8');
    expect(calls).toBe(2);
  });

  it("with codec: 'json', memory can share one value between all", async () => {
    const seen: unknown[] = [];
    @Injectable()
    class Sees implements NestInterceptor {
      intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
        return next.handle().pipe(tap((value) => seen.push(value)));
      }
    }
    const app = await start({
      body: 'value',
      options: { codec: 'json', memory: { isolate: false } },
      outermost: [{ provide: APP_INTERCEPTOR, useClass: Sees }],
    });
    for (let i = 0; i < 3; i++) await app.get('/values/value/array');
    expect(calls).toBe(1);
    expect(seen[2]).toBe(seen[1]);
  });

  it('an instance whose class is not named is not kept', async () => {
    const app = await start();
    for (let i = 0; i < 2; i++) {
      expect((await app.get('/values/dish')).body).toBe('{"name":"pizza","secret":"recipe"}');
    }
    expect(calls).toBe(2);
    expect(app.log.warnings).toEqual([expect.stringContaining('an instance of Dish')]);
  });

  describe('deployments of both forms', () => {
    it.each([
      ['value', 'json'],
      ['json', 'value'],
    ] as const)('%s, then %s', async (earlier, later) => {
      const clock = new ManualClock();
      const store = new InMemoryStore(clock);
      const path = '/values/value/object';
      const first = await start({ store, clock, body: earlier });
      const { body } = await first.get(path);
      const around = later === 'value' ? [{ provide: APP_INTERCEPTOR, useClass: Envelope }] : [];
      const second = await start({ store, clock, body: later, outermost: around });
      const expected = later === 'value' ? `{"data":${body}}` : body;
      for (let i = 0; i < 3; i++) expect((await second.get(path)).body).toBe(expected);
      // Where a value is needed, JSON is none.
      expect(calls).toBe(later === 'value' ? 2 : 1);
      expect((await first.get(path)).body).toBe(body);
      expect(calls).toBe(later === 'value' ? 2 : 1);
    });
  });

  it.each([
    ['no content type', {}],
    ['a page', { 'content-type': 'text/html' }],
    ['a second type', { 'content-type': 'application/json; charset=utf-8', 'Content-Type': 'text/html' }],
    ['a list of types', { 'content-type': ['application/json; charset=utf-8'] }],
  ])('JSON in the table with %s is not believed', async (_what, headers) => {
    const app = await start();
    await app.get('/values/value/array');
    const key = 'Values.value(GET {"path":"/values/value/array"})';
    const stored = await app.cache.get<object>(key);
    expect(stored).toMatchObject({ format: 'json-1', status: 200 });
    await app.cache.set(key, { ...stored, headers });
    const again = await app.get('/values/value/array');
    expect([again.headers['content-type'], calls]).toEqual(['application/json; charset=utf-8', 2]);
  });
});

function useGlobally(app: INestApplication): void {
  app.useGlobalInterceptors(app.get(DynamoCacheInterceptor));
}

describe('on Express', () => {
  const start = (configure: (app: INestApplication) => void) =>
    CachedApp.start({ platform: 'express', body: 'json', controllers: [Values], configure });

  it.each([
    ['json spaces', 1],
    ['json escape', true],
    ['json replacer', (key: string, value: unknown) => (key === 'c' ? '<hidden>' : value)],
  ])("'%s' is heeded", async (setting, value) => {
    const app = await start((nest) => {
      (nest.getHttpAdapter().getInstance() as { set(name: string, value: unknown): void }).set(
        setting,
        value,
      );
    });
    const path = '/values/value/nested%20object';
    const uncached = await app.get(path, { cookie: 'a=b' });
    expect(uncached.body).not.toBe(JSON.stringify(VALUES['nested object']));
    for (let i = 0; i < 2; i++) expect((await app.get(path)).body).toBe(uncached.body);
    expect(calls).toBe(2);
  });

  it('what has been put in the place of res.json for a request is asked', async () => {
    type JsonResponse = Record<'json', (body: unknown) => unknown>;
    const app = await start((nest) => {
      nest.use((_request: unknown, response: JsonResponse, next: () => void) => {
        const json = response.json.bind(response);
        response.json = (body) => json(wrapped(body));
        next();
      });
    });
    for (let i = 0; i < 2; i++) expect((await app.get('/values/value/array')).body).toBe('{"data":[1,2]}');
    expect(calls).toBe(1);
  });

  it('responses that tell of no settings, another server made, are asked', async () => {
    const app = await start((nest) => {
      nest.use((_request: unknown, response: ServerResponse, next: () => void) => {
        const json = (body: unknown) => response.end(JSON.stringify(wrapped(body)));
        const prototype = Object.getPrototypeOf(response) as object;
        const others = Object.create(prototype, {
          app: { value: undefined },
          json: { value: json },
        }) as object;
        Object.setPrototypeOf(response, others);
        next();
      });
    });
    for (let i = 0; i < 2; i++) expect((await app.get('/values/value/array')).body).toBe('{"data":[1,2]}');
    expect(calls).toBe(1);
  });
});

describe('on Fastify', () => {
  const start = (prepare: (server: FastifyInstance) => void) =>
    CachedApp.start({
      platform: 'fastify',
      body: 'json',
      controllers: [Values],
      configure: (nest) => {
        prepare(nest.getHttpAdapter().getInstance() as FastifyInstance);
      },
    });

  it('a response schema of the route is heeded', async () => {
    const app = await start((server) => {
      server.addHook('onRoute', (route) => {
        route.schema = { response: { 200: { type: 'object', properties: { text: { type: 'string' } } } } };
      });
    });
    for (let i = 0; i < 2; i++) {
      expect((await app.get('/values/value/object')).body).toMatch(/^\{"text":"[^"]*"\}$/);
    }
    expect(calls).toBe(1);
  });

  it('a Fastify that does not tell the schema is taken to have one', () => {
    const makesPlainJson = (request: object) => new FastifyResponse({ request } as never).makesPlainJson;
    expect(makesPlainJson({ routeOptions: { schema: undefined } })).toBe(true);
    expect(makesPlainJson({ routeOptions: { schema: { response: {} } } })).toBe(false);
    expect(makesPlainJson({ routeOptions: {} })).toBe(false);
    expect(makesPlainJson({})).toBe(false);
  });

  it('what has been put in the place of reply.send for a request is asked', async () => {
    const app = await start((server) => {
      server.addHook('onRequest', (_request, reply, done) => {
        const send = reply.send.bind(reply);
        reply.send = (payload) => send(Array.isArray(payload) ? wrapped(payload) : payload);
        done();
      });
    });
    for (let i = 0; i < 2; i++) expect((await app.get('/values/value/array')).body).toBe('{"data":[1,2]}');
    expect(calls).toBe(1);
  });

  it('a schema of something else than the response is none', async () => {
    const app = await start((server) => {
      server.addHook('onRoute', (route) => {
        route.schema = { querystring: { type: 'object' } };
      });
    });
    const written = countStringified();
    for (let i = 0; i < 2; i++) await app.get('/values/value/object');
    expect([calls, written.count]).toEqual([1, 1]);
  });

  it('hooks are given the text that they are given of values', async () => {
    const given: unknown[] = [];
    const app = await start((server) => {
      server.addHook('onSend', (_request, _reply, payload, done) => {
        given.push(payload);
        done(null, payload);
      });
    });
    for (let i = 0; i < 2; i++) await app.get('/values/value/array');
    expect(given).toEqual(['[1,2]', '[1,2]']);
  });
});
