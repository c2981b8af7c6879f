// Each request in the namespace of its tenant: two tenants never meet, and who has none is not cached.
import 'reflect-metadata';
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  Controller,
  Delete,
  Get,
  type INestApplication,
  Injectable,
  type MiddlewareConsumer,
  Module,
  type NestModule,
  Param,
  Put,
  Query,
} from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { Observable } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import {
  DynamoCache,
  DynamoCacheEvict,
  DynamoCacheModule,
  type DynamoCacheOptions,
  DynamoCachePut,
  DynamoCacheable,
  DynamoCacheableMany,
  DynamoStore,
} from '../../lib';
import { InMemoryStore } from '../../lib/testing';
import { Log } from '../module/application';

@Injectable()
class Tenants {
  private readonly storage = new AsyncLocalStorage<string>();

  run(tenant: string, body: () => void): void {
    this.storage.run(tenant, body);
  }

  /** For what is outside of the cache: it may have no tenant. */
  get name(): string {
    return this.storage.getStore() ?? 'nobody';
  }

  current(): string {
    const tenant = this.storage.getStore();
    if (tenant === undefined) throw new Error('no tenant');
    return tenant;
  }
}

@Module({ providers: [Tenants], exports: [Tenants] })
class TenantsModule {}

@Injectable()
class Menus {
  loads: string[] = [];
  waiting: Promise<void> | undefined;
  emit: (() => void) | undefined;

  constructor(
    private readonly tenants: Tenants,
    private readonly cache: DynamoCache,
  ) {}

  @DynamoCacheable({ tags: (id: string) => [`menu:${id}`] })
  async find(id: string): Promise<string> {
    const { name } = this.tenants;
    this.loads.push(`${name} ${id}`);
    await this.waiting;
    return `${id} of ${name}`;
  }

  @DynamoCacheableMany()
  async findMany(ids: string[]): Promise<string[]> {
    this.loads.push(`${this.tenants.name} ${ids.join('+')}`);
    return ids.map((id) => `${id} of ${this.tenants.name}`);
  }

  // By the key, which is the same for all of them.
  byKey(id: string): Promise<string> {
    return this.cache.getOrLoad(`menu:${id}`, async () => {
      this.loads.push(`${this.tenants.name} ${id}`);
      return Promise.resolve(`${id} of ${this.tenants.name}`);
    });
  }

  @DynamoCacheEvict({ tags: (id: string) => [`menu:${id}`] })
  async change(id: string): Promise<string> {
    return `changed ${id}`;
  }

  // Emits when the test says so: outside of any request.
  @DynamoCacheEvict({ tags: (id: string) => [`menu:${id}`] })
  watch(id: string): Observable<string> {
    return new Observable((subscriber) => {
      this.emit = () => {
        subscriber.next(`changed ${id}`);
        subscriber.complete();
      };
    });
  }

  @DynamoCachePut({ method: 'find', args: (id: string) => [id] })
  async rename(id: string, name: string): Promise<string> {
    return `${name} of ${this.tenants.name}`;
  }
}

@Controller('menus/:id')
class MenusController {
  constructor(private readonly menus: Menus) {}

  @Get()
  async get(@Param('id') id: string): Promise<string> {
    return this.menus.find(id);
  }

  @Get('many')
  async many(@Param('id') id: string): Promise<string> {
    return (await this.menus.findMany([id, 'x'])).join();
  }

  @Get('key')
  async byKey(@Param('id') id: string): Promise<string> {
    return this.menus.byKey(id);
  }

  @Delete()
  async change(@Param('id') id: string): Promise<string> {
    return this.menus.change(id);
  }

  @Delete('observable')
  watch(@Param('id') id: string): Observable<string> {
    return this.menus.watch(id);
  }

  @Put()
  async rename(@Param('id') id: string, @Query('name') name: string): Promise<string> {
    return this.menus.rename(id, name);
  }
}

@Module({ imports: [TenantsModule], controllers: [MenusController], providers: [Menus] })
class MenusModule implements NestModule {
  constructor(private readonly tenants: Tenants) {}

  configure(consumer: MiddlewareConsumer): void {
    consumer
      .apply((request: { headers: Record<string, string> }, _response: unknown, next: () => void) => {
        const { tenant } = request.headers;
        if (tenant === undefined) next();
        else this.tenants.run(tenant, next);
      })
      .forRoutes(MenusController);
  }
}

const apps: INestApplication[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
});

type Platform = 'express' | 'fastify';

async function start(platform: Platform, options: DynamoCacheOptions = {}) {
  const logger = new Log();
  const module = await Test.createTestingModule({
    imports: [
      DynamoCacheModule.forRootAsync({
        isGlobal: true,
        imports: [TenantsModule],
        inject: [Tenants],
        useFactory: (tenants: Tenants) => ({ namespace: () => tenants.current(), logger, ...options }),
      }),
      MenusModule,
    ],
  })
    .overrideProvider(DynamoStore)
    .useValue(new InMemoryStore())
    .compile();
  const app = module.createNestApplication(...((platform === 'fastify' ? [new FastifyAdapter()] : []) as []));
  apps.push(app);
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const send = async (tenant: string | undefined, path: string, method = 'GET') => {
    const response = await fetch(`${url}/menus/${path}`, { method, headers: tenant ? { tenant } : {} });
    return `${response.status} ${await response.text()}`;
  };
  return { send, menus: app.get(Menus), logger };
}

describe.each<Platform>(['express', 'fastify'])('%s', (platform) => {
  describe.each<[string, DynamoCacheOptions]>([
    ['by default', {}],
    ['with memory', { memory: true }],
  ])('%s', (_, options) => {
    it.each([
      ['a method', '7', ['a 7', 'b 7']],
      ['a method with a list', '7/many', ['a 7+x', 'b 7+x']],
      ['a key', '7/key', ['a 7', 'b 7']],
    ])('two tenants have values of their own: %s', async (_what, path, loads) => {
      const { send, menus } = await start(platform, options);
      for (let i = 0; i < 2; i++) {
        expect(await send('a', path)).toContain('200 7 of a');
        expect(await send('b', path)).toContain('200 7 of b');
      }
      expect(menus.loads).toEqual(loads);
    });
  });

  it('two tenants who ask at the same time do not share a load; two of one do', async () => {
    const { send, menus } = await start(platform);
    let release = (): void => undefined;
    menus.waiting = new Promise((resolve) => (release = resolve));
    const asked = ['a', 'b', 'a', 'b'].map((tenant) => send(tenant, '7'));
    await expect.poll(() => menus.loads.length).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 20));
    release();
    expect(await Promise.all(asked)).toEqual(['200 7 of a', '200 7 of b', '200 7 of a', '200 7 of b']);
    expect(menus.loads.toSorted()).toEqual(['a 7', 'b 7']);
  });

  it("one tenant's eviction leaves the other's values", async () => {
    const { send, menus } = await start(platform);
    for (const tenant of ['a', 'b']) await send(tenant, '7');
    await send('a', '7', 'DELETE');
    for (const tenant of ['a', 'b']) await send(tenant, '7');
    expect(menus.loads).toEqual(['a 7', 'b 7', 'a 7']);
  });

  it('an Observable that completes outside of its request evicts in it', async () => {
    const { send, menus, logger } = await start(platform);
    for (const tenant of ['a', 'b']) await send(tenant, '7');
    const changed = send('a', '7/observable', 'DELETE');
    await expect.poll(() => menus.emit).toBeDefined();
    menus.emit?.();
    expect(await changed).toBe('200 changed 7');
    for (const tenant of ['a', 'b']) await send(tenant, '7');
    expect(menus.loads).toEqual(['a 7', 'b 7', 'a 7']);
    expect(logger.errors).toEqual([]);
  });

  it("one tenant's put is not found by the other", async () => {
    const { send } = await start(platform);
    await send('a', '7?name=soup', 'PUT');
    expect([await send('a', '7'), await send('b', '7')]).toEqual(['200 soup of a', '200 7 of b']);
  });

  it.each([
    ['a method', '7', 'Menus.find'],
    ['a method with a list', '7/many', 'Menus.findMany'],
    ['a key', '7/key', 'menu:7'],
  ])('a request without a tenant is not cached, said once: %s', async (_, path, label) => {
    const { send, menus, logger } = await start(platform);
    for (let i = 0; i < 3; i++) expect(await send(undefined, path)).toContain('200 7 of nobody');
    expect(menus.loads).toHaveLength(3);
    expect(logger.warnings).toEqual([expect.stringContaining(`A call of ${label} is not cached.`)]);
    expect(logger.errors).toEqual([]);
    expect(await send('a', path)).toContain('200 7 of a');
  });

  it.each([
    ['evicts', '7', 'DELETE', '200 changed 7'],
    ['puts', '7?name=soup', 'PUT', '200 soup of nobody'],
  ])('a request without a tenant that %s is answered, said once', async (_, path, method, answer) => {
    const { send, logger } = await start(platform);
    for (let i = 0; i < 2; i++) expect(await send(undefined, path, method)).toBe(answer);
    expect(logger.errors).toEqual([expect.stringContaining('or the namespace function, failed')]);
  });

  it('a tenant whose name cannot be a namespace is not cached, said once', async () => {
    const { send, menus, logger } = await start(platform);
    for (let i = 0; i < 2; i++) expect(await send('a#b', '7')).toBe('200 7 of a#b');
    expect(menus.loads).toHaveLength(2);
    expect(logger.warnings).toHaveLength(1);
  });
});
