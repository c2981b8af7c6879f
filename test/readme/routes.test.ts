import { Controller, type ExecutionContext, Get, Headers, Param, UseInterceptors } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { DynamoCacheInterceptor, DynamoCacheModule, DynamoCacheable, DynamoStore } from 'nestjs-dynamo-cache';
import { InMemoryStore } from 'nestjs-dynamo-cache/testing';
import { expect, it, vi } from 'vitest';
import { afterFile } from '../support/after-file';

interface Menu {
  readonly id: string;
}

const loadMenu = vi.fn(async (id: string): Promise<Menu> => Promise.resolve({ id }));
const loadOrders = vi.fn(async (user: string): Promise<string[]> => Promise.resolve([`of ${user}`]));
const User = () => Headers('x-user');

function userOf(context: ExecutionContext): string | undefined {
  return context.switchToHttp().getRequest<{ headers: Record<string, string> }>().headers['x-user'];
}

// #region routes
@Controller('menus')
@UseInterceptors(DynamoCacheInterceptor) // everywhere: { provide: APP_INTERCEPTOR, useClass: DynamoCacheInterceptor }
export class MenuController {
  @Get(':id')
  @DynamoCacheable('10m')
  async menu(@Param('id') id: string): Promise<Menu> {
    return loadMenu(id);
  }

  @Get(':id/orders')
  @DynamoCacheable({ ttl: '1m', http: { varyBy: (context) => userOf(context) } }) // one response for each user
  async orders(@User() user: string): Promise<string[]> {
    return loadOrders(user);
  }
}
// #endregion

it('is cached for everybody, or for each user', async () => {
  const module = await Test.createTestingModule({
    imports: [DynamoCacheModule.forRoot({ isGlobal: true })],
    controllers: [MenuController],
  })
    .overrideProvider(DynamoStore)
    .useValue(new InMemoryStore())
    .compile();
  const app = module.createNestApplication();
  afterFile(() => app.close());
  await app.listen(0, '127.0.0.1');
  const get = async (path: string, headers = {}) => fetch(`${await app.getUrl()}${path}`, { headers });

  const first = await get('/menus/7');
  expect(await first.json()).toEqual({ id: '7' });
  expect(first.headers.get('cache-status')).toBe('nestjs-dynamo-cache; fwd=uri-miss; stored; ttl=600');
  const second = await get('/menus/7');
  expect(second.headers.get('cache-status')).toMatch(/^nestjs-dynamo-cache; hit; ttl=(600|599)$/);
  expect(second.headers.get('age')).toMatch(/^[01]$/);
  // By itself, 'fetch' sends no-cache beside a condition.
  const known = { 'if-none-match': second.headers.get('etag'), 'cache-control': 'max-age=600' };
  const third = await get('/menus/7', known);
  expect(third.status).toBe(304);
  await get('/menus/7', { authorization: 'Bearer x' });
  expect(loadMenu).toHaveBeenCalledTimes(2);

  for (const user of ['anna', 'berta', 'anna']) {
    const orders = await get('/menus/7/orders', { 'x-user': user, authorization: user });
    expect(await orders.json()).toEqual([`of ${user}`]);
  }
  expect(loadOrders).toHaveBeenCalledTimes(2);
});
