// An interceptor where nothing but a cache is provided, as in the test of one controller.
import 'reflect-metadata';
import { Controller, Get, UseInterceptors } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { expect, it } from 'vitest';
import { DYNAMO_CACHE_OPTIONS, DynamoCache, DynamoCacheInterceptor, DynamoCacheable } from '../../../lib';
import { afterFile } from '../../support/after-file';
import { buildCache } from '../../engine/build-cache';

@Controller()
class Menus {
  runs = 0;

  @Get('menu')
  @UseInterceptors(DynamoCacheInterceptor)
  @DynamoCacheable('10m')
  async menu(): Promise<{ run: number }> {
    return { run: ++this.runs };
  }
}

it.each([['value'], ['json']] as const)(
  'runs the handler, and caches nothing, where there is a cache and no module: %s',
  async (body) => {
    const module = await Test.createTestingModule({
      controllers: [Menus],
      providers: [
        { provide: DynamoCache, useValue: buildCache().cache },
        { provide: DYNAMO_CACHE_OPTIONS, useValue: { http: { body } } },
      ],
    }).compile();
    const app = module.createNestApplication();
    afterFile(() => app.close());
    await app.listen(0, '127.0.0.1');
    const ask = async () => {
      const answer = await fetch(`${await app.getUrl()}/menu`);
      return [answer.status, answer.headers.get('cache-status'), await answer.json()];
    };
    expect(await ask()).toEqual([200, null, { run: 1 }]);
    expect(await ask()).toEqual([200, null, { run: 2 }]);
  },
);
