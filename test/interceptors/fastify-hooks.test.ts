import { FastifyAdapter } from '@nestjs/platform-fastify';
import { expect, it, vi } from 'vitest';
import { hooksAt } from '../../lib/interceptors/fastify-hooks';

async function ready(): Promise<FastifyAdapter> {
  const adapter = new FastifyAdapter();
  const instance = adapter.getInstance();
  async function first() {
    // As plugins have them.
  }
  instance.addHook('preHandler', first);
  instance.get('/one', async () => 'one');
  await instance.register(async (scope) => {
    scope.addHook('preHandler', async function second() {
      // Of some routes only.
    });
    scope.get(
      '/two',
      {
        preSerialization: async function third(_request, _reply, payload) {
          return payload;
        },
      },
      async () => 'two',
    );
  });
  await instance.ready();
  return adapter;
}

it('tells the names of all that is called at a point, on any route', async () => {
  const adapter = await ready();
  expect([...hooksAt(adapter, 'preHandler')!].toSorted()).toEqual(['first()', 'second()']);
  expect([...hooksAt(adapter, 'preSerialization', 'preValidation')!]).toEqual(['third()']);
  expect(hooksAt(adapter, 'preValidation')).toEqual(new Set());
});

it('tells when it cannot tell', async () => {
  const adapter = await ready();
  vi.spyOn(adapter.getInstance(), 'printRoutes').mockImplementation(() => {
    throw new Error('not this version');
  });
  expect(hooksAt(adapter, 'preHandler')).toBeUndefined();
});
