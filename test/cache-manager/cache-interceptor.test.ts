import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { CacheInterceptor, CacheKey, CacheTTL } from '@nestjs/cache-manager';
import { Controller, Get, Inject, Injectable, Module, UseInterceptors } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { Cache } from 'cache-manager';
import { expect, it } from 'vitest';
import { DynamoCacheModule } from '../../lib/dynamo-cache.module';
import { DynamoCache } from '../../lib/engine/dynamo-cache';
import { CACHE_MANAGER } from '../../lib/tokens';
import { freshTable, rawItem, testClient } from '../support/dynamodb';

@Injectable()
class Reader {
  constructor(@Inject(CACHE_MANAGER) readonly manager: Cache) {}
}

@Controller()
@UseInterceptors(CacheInterceptor)
class MenuController {
  calls = 0;

  @Get('menu')
  menu(): object {
    return { calls: ++this.calls };
  }

  @Get('named')
  @CacheKey('the-menu')
  @CacheTTL(60_000)
  named(): object {
    return { calls: ++this.calls };
  }
}

@Module({ controllers: [MenuController], providers: [Reader] })
class MenuModule {}

it("@nestjs/cache-manager's interceptor works on the CACHE_MANAGER of a global module", async () => {
  const table = await freshTable();
  const module = await Test.createTestingModule({
    imports: [
      DynamoCacheModule.forRoot({ table, client: testClient(), timeout: '5s', isGlobal: true }),
      MenuModule,
    ],
  }).compile();
  const app = module.createNestApplication();
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  const ask = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return [await response.json(), response.headers.get('x-cache')];
  };
  const { manager } = app.get(Reader);

  expect(await ask('/menu')).toEqual([{ calls: 1 }, 'MISS']);
  // It does not wait for its own write.
  await expect.poll(() => manager.get('/menu')).toEqual({ calls: 1 });
  expect(await ask('/menu')).toEqual([{ calls: 1 }, 'HIT']);
  expect(await ask('/menu?day=1')).toEqual([{ calls: 2 }, 'MISS']);

  expect(await ask('/named')).toEqual([{ calls: 3 }, 'MISS']);
  await expect.poll(() => app.get(DynamoCache).get('the-menu')).toEqual({ calls: 3 });
  const { end, at } = (await rawItem(table, 'cache#the-menu'))!;
  expect(Number(end!.N) - Number(at!.N)).toBeGreaterThanOrEqual(60_000);
  expect(Number(end!.N) - Number(at!.N)).toBeLessThan(61_000);

  await manager.del('the-menu');
  expect(await ask('/named')).toEqual([{ calls: 4 }, 'MISS']);
  await app.close();
});
