// Whatever runs for a request of a cached route shares one request scope with its handler.
import 'reflect-metadata';
import {
  type CallHandler,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Inject,
  Injectable,
  type NestInterceptor,
  Param,
  Scope,
  type Type,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR, REQUEST } from '@nestjs/core';
import type { Observable } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DynamoCacheInterceptor, DynamoCacheable } from '../../lib';
import { InMemoryStore } from '../../lib/testing';
import { PLATFORMS, type Platform, openSite } from '../support/http-site';

interface Asked {
  params: { id: string };
}

@Injectable()
class Users {
  @DynamoCacheable('10m')
  async find(id: string): Promise<string> {
    return `user ${id}`;
  }
}

@Injectable()
class Known implements CanActivate {
  constructor(private readonly users: Users) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    return (await this.users.find(context.switchToHttp().getRequest<Asked>().params.id)) !== '';
  }
}

@Injectable({ scope: Scope.REQUEST })
class KnownOfRequest extends Known {}

const USER = Symbol('user');

@Injectable()
class KnownInterceptor implements NestInterceptor {
  constructor(private readonly users: Users) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    await this.users.find(context.switchToHttp().getRequest<Asked>().params.id);
    return next.handle();
  }
}

/** Made for each request, out of its user. */
const userOfRequest = {
  provide: USER,
  scope: Scope.REQUEST,
  inject: [REQUEST, Users],
  useFactory: async ({ params }: Asked, users: Users) => users.find(params.id),
};

@Controller()
@UseInterceptors(DynamoCacheInterceptor)
class Pages {
  constructor(private readonly users: Users) {}

  @Get('pages/:id')
  @DynamoCacheable('10m')
  async page(@Param('id') id: string): Promise<object> {
    return { users: [await this.users.find(id), await this.users.find(id)] };
  }
}

@UseGuards(Known)
class GuardedPages extends Pages {}
Controller()(GuardedPages);

class PagesOfKnown extends Pages {
  @Get('pages/:id')
  @UseGuards(Known)
  @DynamoCacheable('10m')
  override async page(id: string): Promise<object> {
    return super.page(id);
  }
}
Param('id')(PagesOfKnown.prototype, 'page', 0);
UseInterceptors(DynamoCacheInterceptor)(PagesOfKnown);
Controller()(PagesOfKnown);

@Controller()
@UseInterceptors(DynamoCacheInterceptor)
class PagesOfRequest extends Pages {
  constructor(
    users: Users,
    @Inject(USER) readonly user: string,
  ) {
    super(users);
  }
}

/** What code without injection finds users by. */
const found = { users: undefined as Users | undefined };

class PagesByUser extends Pages {
  @Get('pages/:id')
  @DynamoCacheable({
    ttl: '10m',
    http: {
      varyBy: async (context) => found.users?.find(context.switchToHttp().getRequest<Asked>().params.id),
    },
  })
  override async page(id: string): Promise<object> {
    return super.page(id);
  }
}
Param('id')(PagesByUser.prototype, 'page', 0);
UseInterceptors(DynamoCacheInterceptor)(PagesByUser);
Controller()(PagesByUser);

interface Place {
  controller?: Type;
  providers?: object[];
  /** Of Fastify. */
  hook?: 'preHandler' | 'preSerialization' | 'onSend';
}

const PLACES: Readonly<Record<string, Place>> = {
  'nothing else': {},
  'a global guard': { providers: [{ provide: APP_GUARD, useClass: Known }] },
  'a global guard of each request': { providers: [{ provide: APP_GUARD, useClass: KnownOfRequest }] },
  'a global interceptor': { providers: [{ provide: APP_INTERCEPTOR, useClass: KnownInterceptor }] },
  'a guard of the controller': { controller: GuardedPages },
  'a guard of the handler': { controller: PagesOfKnown },
  'a provider of each request': { controller: PagesOfRequest, providers: [userOfRequest] },
  varyBy: { controller: PagesByUser },
  'a preHandler hook': { hook: 'preHandler' },
  'a preSerialization hook': { hook: 'preSerialization' },
  'an onSend hook': { hook: 'onSend' },
};

interface Hooked {
  addHook(name: string, hook: (request: Asked) => Promise<void>): void;
}

async function open(platform: Platform, { controller = Pages, providers = [], hook }: Place) {
  const store = new InMemoryStore();
  const site = await openSite(platform, {
    controllers: [controller],
    providers: [Users, Known, ...(providers as [])],
    store,
    configure: (app) => {
      const instance = app.getHttpAdapter().getInstance() as Hooked;
      if (hook)
        instance.addHook(hook, async ({ params }) => {
          await found.users?.find(params.id);
        });
    },
  });
  found.users = site.app.get(Users);
  return { site, reads: readsOf(store) };
}

/** How often one user was asked of the table. */
function readsOf(store: InMemoryStore) {
  const read = vi.spyOn(store, 'read');
  return (id: string) =>
    read.mock.calls
      .flatMap(([addresses]) => [...addresses])
      .filter((address) => address.includes('Users.find') && address.includes(id)).length;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe.each(PLATFORMS)('on %s', (platform) => {
  const places = Object.entries(PLACES).filter(([, { hook }]) => !hook || platform === 'fastify');

  it.each(places)('%s and the handler read a user once', async (_name, place) => {
    const { site, reads } = await open(platform, place);
    for (const id of ['first', 'second', 'third']) {
      const { status, text } = await site.ask(`/pages/${id}`);
      expect([status, text]).toEqual([200, `{"users":["user ${id}","user ${id}"]}`]);
      expect(reads(id), id).toBe(1);
    }
  });
});
