// Where options come from, what can be injected, and what a test can put in its place.
import 'reflect-metadata';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Inject, Injectable, Module, type Type } from '@nestjs/common';
import { CACHE_MANAGER as CACHE_MANAGER_OF_NEST } from '@nestjs/cache-manager';
import { Test } from '@nestjs/testing';
import type { Cache } from 'cache-manager';
import { describe, expect, it } from 'vitest';
import {
  CACHE_MANAGER,
  DYNAMO_CACHE_CLIENT,
  DYNAMO_CACHE_OPTIONS,
  DynamoCache,
  DynamoCacheModule,
  type DynamoCacheOptions,
  type DynamoCacheOptionsFactory,
  DynamoCacheable,
  DynamoStore,
} from '../../lib';
import { InMemoryStore } from '../../lib/testing';
import { freshTable, scanAll, testClient } from '../support/dynamodb';
import { afterFile } from '../support/after-file';
import { buildModule, started, startModule } from './application';

@Injectable()
class Menus {
  loads = 0;

  @DynamoCacheable('10m')
  async find(id: string): Promise<string> {
    this.loads++;
    return id;
  }
}

const TOKENS = [DynamoCache, DynamoStore, CACHE_MANAGER, DYNAMO_CACHE_CLIENT, DYNAMO_CACHE_OPTIONS];

/** A module whose provider wants everything, and imports nothing itself. */
function consumer() {
  @Injectable()
  class Consumer {
    constructor(
      readonly cache: DynamoCache,
      readonly store: DynamoStore,
      @Inject(CACHE_MANAGER) readonly cacheManager: Cache,
      @Inject(DYNAMO_CACHE_CLIENT) readonly client: DynamoDBClient,
      @Inject(DYNAMO_CACHE_OPTIONS) readonly options: DynamoCacheOptions,
    ) {}
  }
  @Module({ providers: [Consumer] })
  class ConsumerModule {}
  return { Consumer, ConsumerModule };
}

describe('forRootAsync', () => {
  const options = { table: 'from-async', ttl: '7m' } as const;

  @Injectable()
  class Config implements DynamoCacheOptionsFactory {
    async createDynamoCacheOptions(): Promise<DynamoCacheOptions> {
      return Promise.resolve(options);
    }
  }
  @Module({ providers: [Config], exports: [Config] })
  class ConfigModule {}

  it.each<[string, Parameters<typeof DynamoCacheModule.forRootAsync>[0]]>([
    ['useFactory', { useFactory: () => options }],
    ['useFactory, asynchronous', { useFactory: async () => Promise.resolve(options) }],
    [
      'useFactory with inject and imports',
      {
        imports: [ConfigModule],
        inject: [Config],
        useFactory: (config: Config) => config.createDynamoCacheOptions(),
      },
    ],
    ['useClass', { useClass: Config }],
    ['useExisting', { imports: [ConfigModule], useExisting: Config }],
  ])('%s', async (_, asyncOptions) => {
    const module = await started(
      Test.createTestingModule({ imports: [DynamoCacheModule.forRootAsync(asyncOptions)] }),
    );
    expect(module.get(DYNAMO_CACHE_OPTIONS)).toEqual(options);
    expect(module.get(DynamoStore).tableName).toBe('from-async');
  });

  it('isGlobal', async () => {
    const { Consumer, ConsumerModule } = consumer();
    const cacheModule = DynamoCacheModule.forRootAsync({ isGlobal: true, useFactory: () => options });
    const module = await started(Test.createTestingModule({ imports: [cacheModule, ConsumerModule] }));
    expect(module.get(Consumer, { strict: false }).options).toEqual(options);
  });
});

describe('isGlobal', () => {
  it('gives everything to modules that do not import the cache', async () => {
    const { Consumer, ConsumerModule } = consumer();
    const cacheModule = DynamoCacheModule.forRoot({ isGlobal: true, table: 'cache-global' });
    const module = await started(Test.createTestingModule({ imports: [cacheModule, ConsumerModule] }));
    const { cache, store, client, options } = module.get(Consumer, { strict: false });
    expect(cache).toBeInstanceOf(DynamoCache);
    expect(store).toBeInstanceOf(DynamoStore);
    expect(client).toBeInstanceOf(DynamoDBClient);
    expect(options).toEqual({ table: 'cache-global' });
  });

  it('is off by default', async () => {
    const { ConsumerModule } = consumer();
    const builder = Test.createTestingModule({ imports: [DynamoCacheModule.forRoot(), ConsumerModule] });
    await expect(builder.compile()).rejects.toThrow(/resolve dependencies of the Consumer/);
  });
});

describe('each provider', () => {
  it('has the token of @nestjs/cache-manager, where there is one', () => {
    expect(CACHE_MANAGER).toBe(CACHE_MANAGER_OF_NEST);
  });

  it('is a door to the same table', async () => {
    const table = await freshTable();
    const client = testClient();
    afterFile(async () => {
      client.destroy();
      return Promise.resolve();
    });
    const module = await started(
      Test.createTestingModule({
        imports: [DynamoCacheModule.forRoot({ table, client })],
        providers: [Menus],
      }),
    );
    await module.get(DynamoCache).set('menu:7', { dish: 'soup' });
    expect(await module.get<Cache>(CACHE_MANAGER).get('menu:7')).toEqual({ dish: 'soup' });
    expect(await module.get(DynamoStore).get('menu:7')).toMatchObject({ value: { dish: 'soup' } });
    await module.get<Cache>(CACHE_MANAGER).set('menu:8', { dish: 'rice' });
    expect(await module.get(DynamoCache).get('menu:8')).toEqual({ dish: 'rice' });

    await module.get(Menus).find('7');
    expect(module.get(DYNAMO_CACHE_CLIENT)).toBe(client);
    expect((await scanAll(table)).map(({ pk }) => pk?.S).sort()).toEqual([
      'cache#Menus.find("7")',
      'cache#menu:7',
      'cache#menu:8',
    ]);
  });

  it('is there for whoever imports the module', async () => {
    const module = await startModule({});
    for (const token of TOKENS) expect(module.get<unknown>(token as Type, { strict: false })).toBeDefined();
  });
});

/** As mocking libraries make them: whatever is asked of it is there, can be called, and answers with the like. */
function mockOfEverything(): object {
  return new Proxy(() => undefined, {
    get: (_target, property) => (property === 'then' ? undefined : mockOfEverything()),
    apply: () => mockOfEverything(),
  });
}

describe('overrideProvider', () => {
  it('DynamoStore: the cache lives in memory', async () => {
    const store = new InMemoryStore();
    const module = await startModule({ store, providers: [Menus] });
    await module.get(Menus).find('7');
    const found = await store.read(['cache#Menus.find("7")'], { signal: new AbortController().signal });
    expect([...found.values()]).toMatchObject([{ state: 'entry' }]);
  });

  it('DYNAMO_CACHE_OPTIONS: the cache is made from the others, and they are checked', async () => {
    const replaced = (options: unknown) =>
      Test.createTestingModule({ imports: [DynamoCacheModule.forRoot({ table: 'real' })] })
        .overrideProvider(DYNAMO_CACHE_OPTIONS)
        .useValue(options);
    const module = await started(replaced({ table: 'replaced' }));
    expect(module.get(DynamoStore).tableName).toBe('replaced');
    await expect(replaced({ ttl: 0 }).compile()).rejects.toThrow('ttl: 0 is not a duration');
  });

  it('DYNAMO_CACHE_CLIENT: every request goes through it, and it is not ours to close', async () => {
    const table = await freshTable();
    const client = testClient();
    const module = await started(
      Test.createTestingModule({
        imports: [DynamoCacheModule.forRoot({ table, client: { endpoint: 'http://127.0.0.1:1' } })],
        providers: [Menus],
      })
        .overrideProvider(DYNAMO_CACHE_CLIENT)
        .useValue(client),
    );
    await module.get(Menus).find('7');
    await module.close();
    expect(await scanAll(table)).toHaveLength(1);
    client.destroy();
  });

  it('CACHE_MANAGER', async () => {
    const own = { get: async () => Promise.resolve('own') };
    const module = await started(buildModule({}).overrideProvider(CACHE_MANAGER).useValue(own));
    expect(module.get(CACHE_MANAGER)).toBe(own);
  });

  it('DynamoCache by a cache of the same class: methods use it', async () => {
    const other = await startModule({});
    const module = await started(
      buildModule({ providers: [Menus] })
        .overrideProvider(DynamoCache)
        .useValue(other.get(DynamoCache)),
    );
    await module.get(Menus).find('7');
    expect(other.get(DynamoCache).stats().methods).toHaveProperty(['Menus.find']);
  });

  it.each([
    ['one method', { getOrLoad: async (_key: string, load: () => unknown) => Promise.resolve(load()) }],
    ['nothing', {}],
    ['a mock for everything', mockOfEverything()],
  ])(
    'DynamoCache by a stand-in with %s: the application starts, and methods simply run',
    async (_, standIn) => {
      const builder = buildModule({ providers: [Menus] })
        .overrideProvider(DynamoCache)
        .useValue(standIn);
      const module = await builder.compile();
      const app = module.createNestApplication();
      await app.init();
      const menus = app.get(Menus);
      expect([await menus.find('7'), await menus.find('7'), menus.loads]).toEqual(['7', '7', 2]);
      expect(app.get(DynamoCache)).toBe(standIn);
      await app.close();
    },
  );
});
