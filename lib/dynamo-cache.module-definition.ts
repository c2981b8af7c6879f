import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { DynamoCacheOptions } from './core/options';
import { DYNAMO_CACHE_OPTIONS } from './tokens';

/** What a class given to `forRootAsync({ useClass })` or `useExisting` implements. */
export interface DynamoCacheOptionsFactory {
  createDynamoCacheOptions(): DynamoCacheOptions | Promise<DynamoCacheOptions>;
}

/** What `forRoot` and `forRootAsync` take besides the options of the cache. */
export interface DynamoCacheModuleExtras {
  /** Whether every module can inject the cache without importing this one. @default false */
  isGlobal?: boolean;
}

export const { ConfigurableModuleClass, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<DynamoCacheOptions>({ optionsInjectionToken: DYNAMO_CACHE_OPTIONS })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createDynamoCacheOptions')
    .setExtras<DynamoCacheModuleExtras>({ isGlobal: false }, (definition, { isGlobal = false }) => ({
      ...definition,
      global: isGlobal,
    }))
    .build();
