import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { DynamoCacheOptions } from './core/options';
import type { HttpCacheOptions } from './decorators/http-cache-options';
import { DYNAMO_CACHE_OPTIONS } from './tokens';

/** The options of `DynamoCacheModule`: those of the cache, and what only Nest has. */
export interface DynamoCacheModuleOptions extends DynamoCacheOptions {
  /** How `DynamoCacheInterceptor` caches responses, unless a route says otherwise. @default `{}` */
  http?: HttpCacheOptions;
}

/** What a class given to `forRootAsync({ useClass })` or `useExisting` implements. */
export interface DynamoCacheOptionsFactory {
  createDynamoCacheOptions(): DynamoCacheModuleOptions | Promise<DynamoCacheModuleOptions>;
}

/** What `forRoot` and `forRootAsync` take besides the options of the cache. */
export interface DynamoCacheModuleExtras {
  /** Whether every module can inject the cache without importing this one. @default false */
  isGlobal?: boolean;
}

export const { ConfigurableModuleClass, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<DynamoCacheModuleOptions>({ optionsInjectionToken: DYNAMO_CACHE_OPTIONS })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createDynamoCacheOptions')
    .setExtras<DynamoCacheModuleExtras>({ isGlobal: false }, (definition, { isGlobal = false }) => ({
      ...definition,
      global: isGlobal,
    }))
    .build();
