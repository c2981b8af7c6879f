import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { DynamoCacheModule, DynamoStore } from 'nestjs-dynamo-cache';
import { expect, it } from 'vitest';
import { started } from '../module/application';

/** What stands for @nestjs/config. */
@Injectable()
class ConfigService {
  getOrThrow(name: string): string {
    return `the ${name}`.replaceAll(/\W/g, '-');
  }
}

@Module({ providers: [ConfigService], exports: [ConfigService] })
class ConfigModule {}

function snippet() {
  // #region async-options
  const cacheModule = DynamoCacheModule.forRootAsync({
    isGlobal: true,
    imports: [ConfigModule],
    inject: [ConfigService],
    useFactory: (config: ConfigService) => ({ table: config.getOrThrow('CACHE_TABLE'), ttl: '10m' }),
  });
  // #endregion
  return cacheModule;
}

it('takes the options from a factory', async () => {
  const module = await started(Test.createTestingModule({ imports: [snippet()] }));
  expect(module.get(DynamoStore).tableName).toBe('the-CACHE_TABLE');
});
