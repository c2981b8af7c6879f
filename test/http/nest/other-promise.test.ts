// Programs that put another in the place of `Promise`, as zone.js and bluebird do.
import 'reflect-metadata';
import { Controller, Get, UseInterceptors } from '@nestjs/common';
import { afterEach, expect, it } from 'vitest';
import { DynamoCacheInterceptor, DynamoCacheable } from '../../../lib';
import { PLATFORMS, openSite } from '../../support/http-site';

const native = Promise;
afterEach(() => {
  globalThis.Promise = native;
});

let nth = 0;

@Controller()
class Menus {
  @Get('menu')
  @UseInterceptors(DynamoCacheInterceptor)
  @DynamoCacheable({ http: { varyBy: async () => native.resolve('everybody') } })
  async menu() {
    return native.resolve({ nth: ++nth });
  }
}

it.each(PLATFORMS)('answers, and caches, under another Promise, on %s', async (platform) => {
  nth = 0;
  const site = await openSite(platform, { controllers: [Menus] });
  globalThis.Promise = class extends native<unknown> {} as PromiseConstructor;
  for (let i = 0; i < 2; i++) {
    const { status, text } = await site.ask('/menu');
    expect([status, text]).toEqual([200, '{"nth":1}']);
  }
});
