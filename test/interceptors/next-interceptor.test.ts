// The request scope's interceptor asks the cache itself where that comes next. Whoever stands between is still asked.
import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  Get,
  type INestApplication,
  Injectable,
  type NestInterceptor,
  type Provider,
  Scope,
  type Type,
  UseInterceptors,
} from '@nestjs/common';
import { APP_INTERCEPTOR, ApplicationConfig, ModulesContainer } from '@nestjs/core';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import type { Observable } from 'rxjs';
import { beforeEach, expect, it } from 'vitest';
import { DynamoCacheInterceptor, DynamoCacheModule, DynamoStore } from '../../lib';
import { InMemoryStore } from '../../lib/testing';
import { interceptorAfter } from '../../lib/interceptors/next-interceptor';
import { RequestScopeInterceptor } from '../../lib/interceptors/request-scope.interceptor';
import { afterFile } from '../support/after-file';

const asked = { handler: 0, between: 0, derived: 0 };
beforeEach(() => {
  Object.assign(asked, { handler: 0, between: 0, derived: 0 });
});

@Injectable()
class Between implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    asked.between++;
    return next.handle();
  }
}

@Injectable()
class Derived extends DynamoCacheInterceptor {
  override intercept(context: ExecutionContext, next: CallHandler) {
    asked.derived++;
    return super.intercept(context, next);
  }
}

function controllerWith(...interceptors: Type<NestInterceptor>[]): Type {
  @Controller()
  @UseInterceptors(...interceptors)
  class Pages {
    @Get('page')
    page(): string {
      return String(++asked.handler);
    }
  }
  return Pages;
}

async function start(
  controller: Type,
  providers: Provider[] = [],
  prepare = (builder: TestingModuleBuilder) => builder,
): Promise<INestApplication> {
  const imports = [DynamoCacheModule.forRoot({ table: 'cache', memory: {}, isGlobal: true })];
  const builder = Test.createTestingModule({ imports, controllers: [controller], providers })
    .overrideProvider(DynamoStore)
    .useValue(new InMemoryStore());
  const app = (await prepare(builder).compile()).createNestApplication();
  app.useLogger(false);
  afterFile(() => app.close());
  return app;
}

/** What two requests are answered, one after the other. */
async function askTwice(starting: Promise<INestApplication>): Promise<string[]> {
  const app = await starting;
  await app.listen(0, '127.0.0.1');
  const page = `${await app.getUrl()}/page`;
  const first = await (await fetch(page)).text();
  return [first, await (await fetch(page)).text()];
}

it('answers a hit where nothing stands between', async () => {
  expect(await askTwice(start(controllerWith(DynamoCacheInterceptor)))).toEqual(['1', '1']);
});

it('asks an interceptor of the class that stands between', async () => {
  expect(await askTwice(start(controllerWith(Between, DynamoCacheInterceptor)))).toEqual(['1', '1']);
  expect(asked.between).toBe(2);
});

it('asks a global interceptor that stands between', async () => {
  const starting = start(controllerWith(DynamoCacheInterceptor));
  (await starting).useGlobalInterceptors(new Between());
  expect(await askTwice(starting)).toEqual(['1', '1']);
  expect(asked.between).toBe(2);
});

it('asks a global interceptor that is made for each request', async () => {
  const providers = [{ provide: APP_INTERCEPTOR, useClass: Between, scope: Scope.REQUEST }];
  expect(await askTwice(start(controllerWith(DynamoCacheInterceptor), providers))).toEqual(['1', '1']);
  expect(asked.between).toBe(2);
});

it('leaves alone what a test has put in the place of the cache', async () => {
  const replace = (builder: TestingModuleBuilder) =>
    builder.overrideInterceptor(DynamoCacheInterceptor).useValue(new Between());
  expect(await askTwice(start(controllerWith(DynamoCacheInterceptor), [], replace))).toEqual(['1', '2']);
});

it('asks a derived class once a request', async () => {
  expect(await askTwice(start(controllerWith(Derived)))).toEqual(['1', '1']);
  expect(asked.derived).toBe(2);
});

it('finds the instance that Nest calls', async () => {
  const controller = controllerWith(DynamoCacheInterceptor);
  const app = await start(controller);
  const config = app.get(ApplicationConfig);
  const own = config.getGlobalInterceptors().find((one) => one instanceof RequestScopeInterceptor);
  const { page } = controller.prototype as { page: () => string };
  const context = { getClass: () => controller, getHandler: () => page } as unknown as ExecutionContext;
  const after = interceptorAfter(own ?? {}, context, { config, modules: app.get(ModulesContainer) });
  expect(after).toBeInstanceOf(DynamoCacheInterceptor);
});
