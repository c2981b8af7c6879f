// A hit is spared a layer where the cache of a route is the outermost interceptor; whatever else is around it is asked.
import 'reflect-metadata';
import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  Module,
  type NestInterceptor,
  Scope,
  type Type,
  UseInterceptors,
} from '@nestjs/common';
import { APP_INTERCEPTOR, ApplicationConfig, ExternalContextCreator, RouterModule } from '@nestjs/core';
import { type Observable, from, map, switchMap } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DynamoCache, DynamoCacheInterceptor, DynamoCacheModule, DynamoCacheable } from '../../lib';
import { HOST_APPLICATION, type HostApplication } from '../../lib/interceptors/host-application';
import { outermostAround } from '../../lib/interceptors/interceptors-around';
import { RequestScopeInterceptor } from '../../lib/interceptors/request-scope.interceptor';
import { Log, startModule } from '../module/application';
import { PLATFORMS, type Site, openSite } from '../support/http-site';

const options = { memory: { ttl: '1m' } } as const;

class Routes {
  @Get('page')
  @DynamoCacheable('10m')
  async page(): Promise<object> {
    return {};
  }
}

@Controller()
@UseInterceptors(DynamoCacheInterceptor)
class Pages extends Routes {}

let seen = 0;

/** Marks a copy of what it is given. */
@Injectable()
class Marks implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    seen++;
    return next.handle().pipe(map(marked));
  }
}

function marked(value: unknown): unknown {
  const { marks = 0 } = value as { marks?: number };
  return { ...(value as object), marks: marks + 1 };
}

@Injectable()
class MarkingCache extends DynamoCacheInterceptor {
  override intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    seen++;
    return markedLater(super.intercept(context, next));
  }
}

function markedLater(answers: Observable<unknown> | Promise<Observable<unknown>>): Observable<unknown> {
  return from(Promise.resolve(answers)).pipe(
    switchMap((values) => values),
    map(marked),
  );
}

/** A controller of its own, so that its metadata are. */
function pages(...interceptors: Type[]): Type {
  @UseInterceptors(...interceptors)
  class OtherPages extends Routes {}
  Controller()(OtherPages);
  return OtherPages;
}

/** What is sent by a load and by three hits. */
async function textsOf({ ask }: Site): Promise<string[]> {
  const texts: string[] = [];
  for (let i = 0; i < 4; i++) {
    const { headers, text } = await ask('/page');
    expect(headers['cache-status']).toMatch(i === 0 ? /; stored/ : /; hit/);
    texts.push(text);
  }
  return texts;
}

const PROVIDED: Readonly<Record<string, { scope: Scope }>> = {
  'of the module': { scope: Scope.DEFAULT },
  'of each request': { scope: Scope.REQUEST },
};

const four = (text: string) => [text, text, text, text];

afterEach(() => {
  seen = 0;
  vi.restoreAllMocks();
});

describe.each(PLATFORMS)('on %s', (platform) => {
  it.each(['of the module', 'of each request', 'of main.ts', 'of the controller'])(
    'an interceptor %s, around the cache, is asked at each hit',
    async (place) => {
      const site = await openSite(platform, {
        controllers: [pages(...(place === 'of the controller' ? [Marks] : []), DynamoCacheInterceptor)],
        providers:
          place in PROVIDED ? [{ provide: APP_INTERCEPTOR, useClass: Marks, ...PROVIDED[place] }] : [],
        configure: (app) => place === 'of main.ts' && app.useGlobalInterceptors(new Marks()),
        options,
      });
      expect(await textsOf(site)).toEqual(four('{"marks":1}'));
      expect(seen).toBe(4);
    },
  );

  it('one that extends the cache is asked once for each request', async () => {
    const site = await openSite(platform, { controllers: [pages(MarkingCache)], options });
    expect(await textsOf(site)).toEqual(four('{"marks":1}'));
    expect(seen).toBe(4);
  });

  it('what a test has put in the place of the cache is asked, and nobody else', async () => {
    const standIn = { intercept: vi.fn((_context: unknown, next: CallHandler) => next.handle()) };
    const site = await openSite(platform, {
      controllers: [Pages],
      options,
      override: (builder) => builder.overrideInterceptor(DynamoCacheInterceptor).useValue(standIn),
    });
    for (let i = 0; i < 3; i++) {
      const { headers } = await site.ask('/page');
      expect(headers).not.toHaveProperty('cache-status');
    }
    expect(standIn.intercept).toHaveBeenCalledTimes(3);
  });

  it('a spy on the class sees one call for each request', async () => {
    const intercept = vi.spyOn(DynamoCacheInterceptor.prototype, 'intercept');
    const site = await openSite(platform, { controllers: [Pages], options });
    await textsOf(site);
    expect(intercept).toHaveBeenCalledTimes(4);
  });

  it('what is put around an instance later is asked once for each request', async () => {
    const site = await openSite(platform, {
      controllers: [pages()],
      providers: [{ provide: APP_INTERCEPTOR, useClass: DynamoCacheInterceptor }],
      options,
    });
    await site.ask('/page');
    const isCache = (interceptor: NestInterceptor) => interceptor instanceof DynamoCacheInterceptor;
    const cache = site.app.get(ApplicationConfig).getGlobalInterceptors().find(isCache)!;
    const original = cache.intercept.bind(cache);
    const intercept = vi
      .spyOn(cache, 'intercept')
      .mockImplementation((...args) => markedLater(original(...args)));
    for (let i = 0; i < 3; i++) expect((await site.ask('/page')).text).toBe('{"marks":1}');
    expect(intercept).toHaveBeenCalledTimes(3);
  });

  it('a hit of the outermost cache is no way further into the interceptors', async () => {
    const goOn = vi.fn((next: CallHandler) => next.handle());
    const { intercept } = RequestScopeInterceptor.prototype;
    vi.spyOn(RequestScopeInterceptor.prototype, 'intercept').mockImplementation(function (
      this: RequestScopeInterceptor,
      context,
      next,
    ) {
      return intercept.call(this, context, { handle: () => goOn(next) });
    });
    const site = await openSite(platform, { controllers: [Pages], options });
    await textsOf(site);
    expect(goOn).toHaveBeenCalledTimes(1);
  });
});

it('one that is another for each request is not known beforehand', async () => {
  @Injectable({ scope: Scope.REQUEST })
  class OfRequest extends Marks {}
  const around = async (owner: Type) => {
    const { app } = await openSite('express', { controllers: [owner], options });
    const host = app.get<HostApplication>(HOST_APPLICATION, { strict: false });
    return outermostAround(owner, Routes.prototype.page, host);
  };
  expect(await around(pages(Marks))).toBeInstanceOf(Marks);
  expect(await around(pages(OfRequest))).toBeUndefined();
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
  for (const path of ['one', 'other', 'other', 'other']) await ask(`/${path}/page`);
  const caches = app.get(DynamoCache, { each: true, strict: false }).map((cache) => cache.stats());
  const counted = caches.map(({ loads, hits }) => `${loads} loads, ${hits} hits`);
  expect(counted.toSorted()).toEqual(['0 loads, 0 hits', '1 loads, 0 hits', '1 loads, 2 hits']);
});

it('a consumer of a library that says nothing of its context is called, where nothing listens to HTTP', async () => {
  @Injectable()
  class Consumer {
    async onMessage(id: unknown): Promise<unknown> {
      return id;
    }
  }
  const module = await startModule({
    providers: [Consumer, { provide: APP_INTERCEPTOR, useClass: DynamoCacheInterceptor }],
    options,
  });
  const consumer = module.get(Consumer);
  const creator = module.get(ExternalContextCreator, { strict: false });
  const call = creator.create(consumer, consumer.onMessage.bind(consumer), 'onMessage');
  expect(await call(7)).toBe(7);
});
