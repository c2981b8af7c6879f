import {
  type DynamicModule,
  Inject,
  Logger,
  Module,
  type NestModule,
  type OnApplicationShutdown,
  type OnModuleInit,
  type Provider,
} from '@nestjs/common';
import { assertFlag } from './assertions';
import { createCacheManager } from './cache-manager/create-cache-manager';
import { composeStore } from './core/compose-store';
import { type ResolvedOptions, resolveOptions } from './core/resolve-options';
import { CachedMethodsExplorer } from './dynamo-cache.explorer';
import { type CachePlace, StartUpLinter } from './dynamo-cache.linter';
import {
  ASYNC_OPTIONS_TYPE,
  ConfigurableModuleClass,
  type DynamoCacheModuleOptions,
  OPTIONS_TYPE,
} from './dynamo-cache.module-definition';
import { assertHttpOptions } from './decorators/http-cache-options';
import { createClient, destroyIfOurs, isClient } from './dynamodb/client';
import { DynamoStore } from './core/dynamo-store';
import { TableSchemaError } from './dynamodb/table-schema-error';
import { DynamoCache } from './engine/dynamo-cache';
import { HOST_APPLICATION, type HostApplication, hostApplication } from './interceptors/host-application';
import { InvalidOptionsError } from './invalid-options-error';
import { DynamoCacheInterceptor } from './interceptors/dynamo-cache.interceptor';
import { RequestScopeInterceptor } from './interceptors/request-scope.interceptor';
import { openRequestScopes } from './interceptors/request-scope.middleware';
import { CACHE_MANAGER, DYNAMO_CACHE_CLIENT, DYNAMO_CACHE_OPTIONS } from './tokens';

type Client = Awaited<ReturnType<typeof createClient>>;

const RESOLVED_OPTIONS = Symbol('resolved options');
// APP_INTERCEPTOR of @nestjs/core, which is not loaded for a word.
const APP_INTERCEPTOR = 'APP_INTERCEPTOR';

const logger = new Logger('DynamoCache');

const providers: Provider[] = [
  {
    provide: RESOLVED_OPTIONS,
    useFactory: readOptions,
    inject: [DYNAMO_CACHE_OPTIONS],
  },
  {
    provide: DYNAMO_CACHE_CLIENT,
    useFactory: ({ store: { client } }: ResolvedOptions) =>
      isClient(client) ? client : createClient(client),
    inject: [RESOLVED_OPTIONS],
  },
  {
    provide: DynamoStore,
    useFactory: (
      { http: _http, ...options }: DynamoCacheModuleOptions,
      client: Client,
      { engine }: ResolvedOptions,
    ) =>
      // A ttl without a unit has been warned about, and with one it is not again.
      new DynamoStore({ logger, ...options, client, ttl: `${engine.policy.ttlMs}ms` }),
    inject: [DYNAMO_CACHE_OPTIONS, DYNAMO_CACHE_CLIENT, RESOLVED_OPTIONS],
  },
  {
    provide: DynamoCache,
    useFactory: (store: DynamoStore, resolved: ResolvedOptions) =>
      new DynamoCache(composeStore(store, resolved), resolved.engine),
    inject: [DynamoStore, RESOLVED_OPTIONS],
  },
  {
    provide: CACHE_MANAGER,
    useFactory: (cache: DynamoCache, { engine: { codec, policy } }: ResolvedOptions) =>
      createCacheManager(cache, policy.ttlMs, codec),
    inject: [DynamoCache, RESOLVED_OPTIONS],
  },
];

function readOptions(options: DynamoCacheModuleOptions | null | undefined): ResolvedOptions {
  if (options === undefined || options === null) {
    throw new InvalidOptionsError(
      'forRootAsync',
      "the factory returned no options: write useFactory: () => ({ table: 'cache-prod' })",
    );
  }
  if (Object.hasOwn(options, 'isGlobal')) {
    throw new InvalidOptionsError('isGlobal', 'write it beside useFactory, not among the options it returns');
  }
  assertHttpOptions(options.http, 'http');
  return resolveOptions(options, logger, { isGlobal: true, http: true });
}

function inApplication(module: DynamicModule): DynamicModule {
  const { imports, providers, exports } = hostApplication();
  return {
    ...module,
    imports: [...(module.imports ?? []), ...imports],
    providers: [...(module.providers ?? []), ...providers],
    exports: [...(module.exports ?? []), ...exports],
  };
}

function placeOf({ store: { table }, engine: { namespace, version } }: ResolvedOptions): CachePlace {
  return { table, namespace, version };
}

/**
 * Caches what service methods return in a DynamoDB table.
 *
 * @throws InvalidOptionsError at start-up when an option cannot work, with what to write instead
 * @example
 * @Module({ imports: [DynamoCacheModule.forRoot({ table: 'cache-prod', ttl: '10m', isGlobal: true })] })
 * export class AppModule {}
 */
@Module({
  providers: [
    ...providers,
    CachedMethodsExplorer,
    StartUpLinter,
    DynamoCacheInterceptor,
    { provide: APP_INTERCEPTOR, useClass: RequestScopeInterceptor },
  ],
  exports: [
    DYNAMO_CACHE_OPTIONS,
    DYNAMO_CACHE_CLIENT,
    DynamoStore,
    DynamoCache,
    CACHE_MANAGER,
    DynamoCacheInterceptor,
  ],
})
export class DynamoCacheModule
  extends ConfigurableModuleClass
  implements NestModule, OnModuleInit, OnApplicationShutdown
{
  constructor(
    @Inject(DynamoCache) private readonly cache: DynamoCache,
    @Inject(DYNAMO_CACHE_CLIENT) private readonly client: Client,
    @Inject(CachedMethodsExplorer) private readonly explorer: CachedMethodsExplorer,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    @Inject(StartUpLinter) private readonly linter: StartUpLinter,
    @Inject(HOST_APPLICATION) private readonly application: HostApplication,
  ) {
    super();
  }

  /** @param options with `isGlobal`, besides those of the cache */
  static override forRoot(options: typeof OPTIONS_TYPE = {}): DynamicModule {
    assertFlag(options.isGlobal, 'isGlobal');
    return inApplication(super.forRoot(options));
  }

  /** Options from a factory, from a class, or from a provider that exists. */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    assertFlag(options.isGlobal, 'isGlobal');
    if (!options.useFactory && !options.useClass && !options.useExisting) {
      throw new InvalidOptionsError('forRootAsync', 'write useFactory, useClass or useExisting');
    }
    return inApplication(super.forRootAsync(options));
  }

  /** Called by Nest before routes are mounted. */
  configure(): void {
    if (this.isOurs) openRequestScopes(this.application.adapterHost.httpAdapter, this.cache);
  }

  async onModuleInit(): Promise<void> {
    if (!this.isOurs) return;
    this.explorer.explore(this.options.engine.logger);
    this.linter.check(this.placesOfAll(), this.options.engine.logger);
    try {
      await this.cache.prepare();
    } catch (error) {
      // A DynamoDB that cannot be reached now is no reason not to start; a table of another shape never will do.
      if (error instanceof TableSchemaError) throw error;
      this.options.engine.logger.error(
        `The table was not prepared: ${error instanceof Error ? error.message : 'unknown failure'}`,
      );
    }
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.isOurs) {
      await this.cache.close();
      this.explorer.release();
    }
    destroyIfOurs(this.client);
  }

  // The first of them reports for all.
  private placesOfAll(): CachePlace[] {
    const all = [...this.application.modules.values()]
      .map(({ instance }) => instance as unknown)
      .filter((instance) => instance instanceof DynamoCacheModule);
    return all[0] === this ? all.map(({ options }) => placeOf(options)) : [];
  }

  // `overrideProvider(DynamoCache)` may have put a stand-in there that has none of what start-up needs.
  private get isOurs(): boolean {
    return this.cache instanceof DynamoCache;
  }
}
