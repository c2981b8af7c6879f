// What the response cache does for an application, the same on both servers.
import { Controller, Get, Param, Query } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { DynamoCacheable } from '../../lib';
import { CachedApp, PLATFORMS, said } from './cached-app';

const calls: string[] = [];

@Controller('menus')
class Menus {
  @Get(':id')
  @DynamoCacheable('10m')
  async find(@Param('id') id: string, @Query('page') page?: string): Promise<object> {
    calls.push(`find ${id} ${page ?? ''}`);
    return Promise.resolve({ id, page, n: calls.length });
  }
}

describe.each(PLATFORMS)('%s', (platform) => {
  it('runs the handler once', async () => {
    calls.length = 0;
    const app = await CachedApp.start({ platform, controllers: [Menus] });
    const first = await app.get('/menus/7?page=2');
    app.clock.advance(5_000);
    const second = await app.get('/menus/7?page=2');
    expect(calls).toEqual(['find 7 2']);
    expect([first.status, first.body, said(first)]).toEqual([
      200,
      '{"id":"7","page":"2","n":1}',
      'fwd=uri-miss; stored; ttl=600',
    ]);
    expect([second.status, second.body, said(second)]).toEqual([200, first.body, 'hit; ttl=595']);
    expect(second.headers.age).toBe('5');
    expect(second.headers['content-type']).toBe(first.headers['content-type']);
    expect(second.headers.etag).toBe(first.headers.etag);
    for (const header of ['authorization', 'cookie']) {
      const one = await app.get('/menus/7?page=2', { [header]: 'x' });
      expect(said(one)).toBe(`fwd=bypass; detail=${header}`);
    }
    expect(calls).toHaveLength(3);
    const known = await app.get('/menus/7?page=2', { 'if-none-match': first.headers.etag ?? '' });
    expect([known.status, known.body, said(known)]).toEqual([304, '', 'hit; ttl=595']);
  });
});
