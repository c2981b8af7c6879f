/**
 * The same handlers five times, each on a server of its own: uncached, behind an interceptor that answers without a cache
 * and sets the headers of a cached response, behind @nestjs/cache-manager's with its store in memory, and behind ours with its
 * memory tier over a store in memory, which keeps values or the JSON of them.
 */
import 'reflect-metadata';
import { setTimeout as wait } from 'node:timers/promises';
import { CacheInterceptor, CacheModule } from '@nestjs/cache-manager';
import { Controller, Get, Param, UseInterceptors } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { of } from 'rxjs';
import { DynamoCacheInterceptor, DynamoCacheModule, DynamoStore } from 'nestjs-dynamo-cache';
import { InMemoryStore } from 'nestjs-dynamo-cache/testing';
import { recordOf } from './record.mjs';

export const WORK_MS = 5;
export const COLD_WORK_MS = 100;
const LIFE_MS = 3_600_000;

const PAGE = recordOf('page');
const LIST = Array.from({ length: 20 }, (_, i) => recordOf(`page-${i}`));
const STARTED_AT_MS = Date.now();

/** The least that an interceptor can take whose answers say what RFC 9110, 9111 and 9211 want of a cache. */
class ConstantInterceptor {
  intercept(context) {
    const response = context.getArgByIndex(1);
    response.header('ETag', 'W/"lpck_1NYZOUc3BSB6MK4tKVIISU"');
    response.header('Age', String(Math.floor((Date.now() - STARTED_AT_MS) / 1_000)));
    const ttl = Math.floor((STARTED_AT_MS + LIFE_MS - Date.now()) / 1_000);
    response.header('Cache-Status', `bench; hit; ttl=${ttl}`);
    return of(context.getHandler().name === 'list' ? LIST : PAGE);
  }
}

/** By name, what a module imports and what stands around its handlers. */
const SIDES = {
  uncached: { imports: [], interceptors: [] },
  'a constant with headers': { imports: [], interceptors: [ConstantInterceptor] },
  '@nestjs/cache-manager': {
    imports: [CacheModule.register({ ttl: LIFE_MS, isGlobal: true })],
    interceptors: [CacheInterceptor],
  },
  'nestjs-dynamo-cache': { imports: [cacheModule()], interceptors: [DynamoCacheInterceptor] },
  'nestjs-dynamo-cache, as JSON': {
    imports: [cacheModule({ body: 'json' })],
    interceptors: [DynamoCacheInterceptor],
  },
};
export const SIDE_NAMES = Object.keys(SIDES);

/** What is asked for: a page that is there at once, one that waits as for a database, and a list that is there at once. */
export const HANDLERS = {
  '1 KB at once': 'instant',
  [`1 KB after ${WORK_MS} ms`]: 'slow',
  '20 KB at once': 'list',
};

function cacheModule(http = {}) {
  const memory = { ttl: LIFE_MS };
  return DynamoCacheModule.forRoot({ table: 'bench', ttl: LIFE_MS, memory, http, isGlobal: true });
}

function controllerOf(interceptors, counts) {
  class PagesController {
    async instant() {
      counts.handler++;
      return recordOf('page');
    }

    async slow() {
      counts.handler++;
      await wait(WORK_MS);
      return recordOf('page');
    }

    async list() {
      counts.handler++;
      return LIST.map(({ id }) => recordOf(id));
    }

    async cold() {
      counts.handler++;
      await wait(COLD_WORK_MS);
      return recordOf('page');
    }
  }
  for (const route of ['instant', 'slow', 'list', 'cold']) {
    const descriptor = Object.getOwnPropertyDescriptor(PagesController.prototype, route);
    Param('id')(PagesController.prototype, route, 0);
    Get(`${route}/:id`)(PagesController.prototype, route, descriptor);
  }
  if (interceptors.length > 0) UseInterceptors(...interceptors)(PagesController);
  Controller()(PagesController);
  return PagesController;
}

/** @returns {Promise<{ url: string, counts: { handler: number }, close: () => Promise<void> }>} */
export async function openSite(platform, side) {
  const { imports, interceptors } = SIDES[side];
  const counts = { handler: 0 };
  const module = await Test.createTestingModule({
    imports,
    controllers: [controllerOf(interceptors, counts)],
  })
    .overrideProvider(DynamoStore)
    .useValue(new InMemoryStore())
    .compile();
  const adapter = platform === 'fastify' ? [new FastifyAdapter()] : [];
  const app = module.createNestApplication(...adapter, { logger: false });
  await app.listen(0, '127.0.0.1');
  return { url: await app.getUrl(), counts, close: () => app.close() };
}
