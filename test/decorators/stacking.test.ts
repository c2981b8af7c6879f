// Several of the decorators on one method, and Nest's own above and below them.
import 'reflect-metadata';
import { Controller, Delete, type INestApplication, Inject, Param, Post, Put, Query } from '@nestjs/common';
import { Injectable } from '@nestjs/common';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  DynamoCache,
  DynamoCacheEvict,
  DynamoCachePut,
  DynamoCacheable,
  DynamoCacheableMany,
} from '../../lib';
import { afterFile } from '../support/after-file';
import { buildModule, startModule } from '../module/application';

@Injectable()
class Menus {
  loads = 0;
  readonly order: string[] = [];

  @DynamoCacheable({ tags: ['menus'] })
  async find(id: string): Promise<string> {
    return `${id} ${++this.loads}`;
  }

  @DynamoCacheEvict({ tags: ['menus'] })
  @DynamoCachePut({ method: 'find', args: (id: string) => [id] })
  async evictAbovePut(id: string): Promise<string> {
    return `${id} put`;
  }

  @DynamoCachePut({ method: 'find', args: (id: string) => [id] })
  @DynamoCacheEvict({ tags: ['menus'] })
  async putAboveEvict(id: string): Promise<string> {
    return `${id} put`;
  }

  @DynamoCacheEvict({ tags: ['menus'] })
  @DynamoCacheable()
  async evictAboveCacheable(id: string): Promise<string> {
    this.order.push(id);
    return id;
  }

  @DynamoCacheable()
  @DynamoCacheEvict({ tags: ['menus'] })
  async cacheableAboveEvict(id: string): Promise<string> {
    this.order.push(id);
    return id;
  }

  // No metadata of what it returns: that it is asynchronous has to be seen through the wrapper below.
  @DynamoCacheEvict({ tags: ['menus'], before: true })
  @DynamoCacheEvict({ keys: ['other'] })
  async twice(id: string) {
    this.order.push(id);
    return Promise.resolve(id);
  }

  @DynamoCacheEvict({ tags: ['menus'] })
  @DynamoCacheableMany()
  async evictAboveMany(ids: string[]): Promise<string[]> {
    this.order.push(...ids);
    return ids;
  }
}

async function start() {
  const module = await startModule({ providers: [Menus], options: { requestScope: false } });
  return { menus: module.get(Menus), cache: module.get(DynamoCache) };
}

describe('on one method', () => {
  it('the one above goes last: an eviction takes what was put', async () => {
    const { menus } = await start();
    await menus.evictAbovePut('7');
    expect(await menus.find('7')).toBe('7 1');
  });

  it('the one above goes last: what is put is not evicted', async () => {
    const { menus } = await start();
    await menus.find('8');
    await menus.putAboveEvict('7');
    expect([await menus.find('7'), await menus.find('8')]).toEqual(['7 put', '8 2']);
  });

  it('an eviction above a cached method is made at every call', async () => {
    const { menus } = await start();
    for (const loads of [1, 2]) {
      await menus.find('7');
      await menus.evictAboveCacheable('a');
      expect(menus.loads).toBe(loads);
    }
    expect(menus.order).toEqual(['a']);
  });

  it('an eviction below a cached method is made when the method runs', async () => {
    const { menus } = await start();
    await menus.find('7');
    for (let i = 0; i < 2; i++) {
      await menus.cacheableAboveEvict('a');
      await menus.find('7');
    }
    expect([menus.order, menus.loads]).toEqual([['a'], 2]);
  });

  it('an eviction above a method with a list', async () => {
    const { menus } = await start();
    await menus.evictAboveMany(['a']);
    await menus.find('7');
    await menus.evictAboveMany(['a', 'b']);
    await menus.find('7');
    expect([menus.order, menus.loads]).toEqual([['a', 'b'], 2]);
  });
});

it('a method that is asynchronous is known as one through the decorators below', async () => {
  const twice = Menus.prototype.twice;
  Reflect.deleteMetadata('design:returntype', Menus.prototype, 'twice');
  const { declaredKind } = await import('../../lib/decorators/result-kind');
  expect(declaredKind(twice, Menus.prototype, 'twice')).toBe('promise');
});

describe('on a controller', () => {
  @Controller('menus')
  class MenusController {
    constructor(@Inject(Menus) readonly menus: Menus) {}

    @Post(':id/above')
    @DynamoCacheEvict({ method: 'Menus.find', args: (id: string) => [id] })
    async above(@Param('id') id: string): Promise<string> {
      return id;
    }

    @DynamoCacheEvict({ method: 'Menus.find', args: (id: string) => [id] })
    @Post(':id/below')
    async below(@Param('id') id: string): Promise<string> {
      return id;
    }

    @Put(':id/above')
    @DynamoCachePut({ method: 'Menus.find', args: (id: string) => [id] })
    async putAbove(@Param('id') id: string, @Query('name') name: string): Promise<string> {
      return `${id} ${name}`;
    }

    @DynamoCachePut({ method: 'Menus.find', args: (id: string) => [id] })
    @Put(':id/below')
    async putBelow(@Param('id') id: string, @Query('name') name: string): Promise<string> {
      return `${id} ${name}`;
    }

    @DynamoCacheEvict({ tags: ['menus'] })
    @Delete()
    @DynamoCacheEvict({ everything: true })
    async between(): Promise<string> {
      return 'done';
    }
  }

  let app: INestApplication;
  let url: string;
  let menus: Menus;

  beforeAll(async () => {
    const module = await buildModule({ controllers: [MenusController], providers: [Menus] }).compile();
    app = module.createNestApplication();
    afterFile(() => app.close());
    await app.listen(0, '127.0.0.1');
    url = `${await app.getUrl()}/menus`;
    menus = app.get(Menus);
  });

  const send = async (method: string, path: string) => (await fetch(url + path, { method })).text();

  it.each(['above', 'below'])('@Post %s: the route is found, and evicts', async (place) => {
    await menus.find(place);
    const { loads } = menus;
    expect(await send('POST', `/${place}/${place}`)).toBe(place);
    await menus.find(place);
    expect(menus.loads).toBe(loads + 1);
  });

  it.each(['above', 'below'])('@Put %s: the route is found, and puts', async (place) => {
    expect(await send('PUT', `/${place}/${place}?name=put`)).toBe(`${place} put`);
    expect(await menus.find(place)).toBe(`${place} put`);
  });

  it('@Delete between two of them', async () => {
    await menus.find('7');
    const { loads } = menus;
    expect(await send('DELETE', '')).toBe('done');
    await menus.find('7');
    expect(menus.loads).toBe(loads + 1);
  });
});
