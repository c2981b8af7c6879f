// One request reads a key from DynamoDB once, however often and wherever it asks: guard, pipe, handler, interceptor.
import 'reflect-metadata';
import {
  Body,
  type CallHandler,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  type INestApplication,
  Injectable,
  type NestInterceptor,
  Param,
  type PipeTransform,
  Post,
  Query,
  Scope,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { request } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { once } from 'node:events';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { type Observable, from, mergeMap } from 'rxjs';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DynamoCache, DynamoCacheModule, type DynamoCacheOptions, DynamoCacheable } from '../../lib';
import { afterFile } from '../support/after-file';
import { dynamodbEndpoint, freshTable } from '../support/dynamodb';
import { FaultyProxy } from '../support/faulty-proxy';
import { Log } from '../module/application';

/** Where the values come from. */
const users = { name: 'anna', loads: 0 };

@Injectable()
class Users {
  @DynamoCacheable('10m')
  async find(id: string): Promise<string> {
    users.loads++;
    return `${users.name} ${id}`;
  }
}

@Injectable()
class Known implements CanActivate {
  constructor(private readonly users: Users) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { query } = context.switchToHttp().getRequest<{ query: { id: string } }>();
    return (await this.users.find(query.id)) !== 'nobody';
  }
}

@Injectable()
class ToUser implements PipeTransform {
  constructor(private readonly users: Users) {}

  async transform(id: string): Promise<string> {
    return this.users.find(id);
  }
}

@Injectable()
class Signed implements NestInterceptor {
  constructor(private readonly users: Users) {}

  async intercept(context: ExecutionContext, next: CallHandler<object>): Promise<Observable<object>> {
    const { query } = context.switchToHttp().getRequest<{ query: { id: string } }>();
    const before = await this.users.find(query.id);
    return next
      .handle()
      .pipe(
        mergeMap((body) => from(this.users.find(query.id).then((after) => ({ ...body, before, after })))),
      );
  }
}

@Injectable({ scope: Scope.REQUEST })
class PerRequest {
  constructor(private readonly users: Users) {}

  async find(id: string): Promise<string> {
    return this.users.find(id);
  }
}

@Controller()
@UseGuards(Known)
@UseInterceptors(Signed)
class UsersController {
  constructor(
    private readonly users: Users,
    private readonly perRequest: PerRequest,
    private readonly cache: DynamoCache,
  ) {}

  @Get('users')
  async get(@Query('id', ToUser) user: string, @Query('id') id: string): Promise<object> {
    const rest = await Promise.all([this.users.find(id), this.users.find(id), this.perRequest.find(id)]);
    return { user, rest };
  }

  @Post('users')
  async post(@Query('id') id: string, @Body() body: { twice: boolean }): Promise<object> {
    return { rest: [await this.users.find(id), await this.users.find(id)], body };
  }

  @Post('users/:id/evict')
  async evict(@Param('id') id: string): Promise<object> {
    const before = await this.users.find(id);
    users.name = 'berta';
    await this.cache.delete(`Users.find(${JSON.stringify(id)})`);
    return { rest: [before, await this.users.find(id)] };
  }
}

let proxy: FaultyProxy;
const apps: INestApplication[] = [];

beforeAll(async () => {
  proxy = await FaultyProxy.start(dynamodbEndpoint);
  afterFile(() => proxy.close());
});
beforeEach(() => {
  Object.assign(users, { name: 'anna', loads: 0 });
  proxy.mode = 'pass';
  proxy.reset();
});
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
});

/**
 * What was sent. A read that asks for the stamps of method and namespace, too, is a batch; they are remembered for a
 * second, and the next reads are not.
 */
function sent(): Record<string, number> {
  const { GetItem = 0, BatchGetItem = 0, ...writes } = proxy.requests;
  return { ...writes, reads: GetItem + BatchGetItem };
}

type Platform = 'express' | 'fastify';

async function start(platform: Platform | FastifyAdapter, options: DynamoCacheOptions = {}): Promise<string> {
  const client = {
    endpoint: proxy.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const module = await Test.createTestingModule({
    imports: [
      DynamoCacheModule.forRoot({ table: await freshTable(), client, logger: new Log(), ...options }),
    ],
    controllers: [UsersController],
    providers: [Users, PerRequest],
  }).compile();
  const app =
    platform === 'express'
      ? module.createNestApplication()
      : module.createNestApplication(platform === 'fastify' ? new FastifyAdapter() : platform);
  apps.push(app);
  await app.listen(0, '127.0.0.1');
  return app.getUrl();
}

async function send(url: string, body?: object): Promise<Record<string, unknown>> {
  const response = await fetch(
    url,
    body && {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    },
  );
  return (await response.json()) as Record<string, unknown>;
}

/** One piece after the other, each in a turn of its own. */
async function sendSlowly(url: string, pieces: string[]): Promise<unknown> {
  const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
  const sending = request(url, { method: 'POST', headers });
  const responded = once(sending, 'response') as Promise<[NodeJS.ReadableStream]>;
  for (const piece of pieces) {
    sending.write(piece);
    await sleep(5);
  }
  sending.end();
  const [response] = await responded;
  return json(response);
}

describe.each<Platform>(['express', 'fastify'])('%s', (platform) => {
  it('GET: guard, interceptor, pipe and handler read once, absent at first', async () => {
    const url = await start(platform);
    const all = {
      user: 'anna 7',
      rest: ['anna 7', 'anna 7', 'anna 7'],
      before: 'anna 7',
      after: 'anna 7',
    };
    expect(await send(`${url}/users?id=7`)).toEqual(all);
    expect([sent(), users.loads]).toEqual([{ reads: 1, PutItem: 1 }, 1]);

    proxy.reset();
    expect(await send(`${url}/users?id=7`)).toEqual(all);
    expect([sent(), users.loads]).toEqual([{ reads: 1 }, 1]);
  });

  it('POST: a body that is read meanwhile does not end the scope', async () => {
    const url = await start(platform);
    await send(`${url}/users?id=7`);
    proxy.reset();
    const body = { text: 'x'.repeat(50_000) };
    expect(await send(`${url}/users?id=7`, body)).toMatchObject({ rest: ['anna 7', 'anna 7'], body });
    expect(sent()).toEqual({ reads: 1 });
  });

  it('POST: a body that arrives piece by piece does not end the scope', async () => {
    const url = await start(platform);
    await send(`${url}/users?id=7`);
    proxy.reset();
    expect(await sendSlowly(`${url}/users?id=7`, ['{"twi', 'ce":', 'true}'])).toMatchObject({
      rest: ['anna 7', 'anna 7'],
      body: { twice: true },
    });
    expect(sent()).toEqual({ reads: 1 });
  });

  it('an eviction inside the request is seen by it', async () => {
    const url = await start(platform);
    expect(await send(`${url}/users/7/evict?id=7`, {})).toMatchObject({ rest: ['anna 7', 'berta 7'] });
  });

  it('a read that failed is not tried again in the request', async () => {
    const url = await start(platform);
    proxy.mode = 'status-500';
    expect(await send(`${url}/users?id=7`)).toMatchObject({ rest: ['anna 7', 'anna 7', 'anna 7'] });
    expect(sent()).toEqual({ reads: 1 });
  });

  it('two requests share nothing', async () => {
    const url = await start(platform);
    await send(`${url}/users?id=7`);
    proxy.reset();
    // Held back until both have asked, so that the two run side by side.
    let release = (): void => undefined;
    const both = new Promise<void>((resolve) => (release = resolve));
    proxy.intercept = async () => {
      if (sent().reads === 2) release();
      await both;
      return undefined;
    };
    const first = send(`${url}/users?id=7`);
    await expect.poll(() => sent().reads).toBe(1);
    const second = send(`${url}/users?id=7`);
    await Promise.all([first, second]);
    proxy.intercept = undefined;
    expect(sent()).toEqual({ reads: 2 });
  });

  it('a kept-alive connection carries nothing from one request to the next', async () => {
    const url = await start(platform);
    for (let i = 0; i < 3; i++) await send(`${url}/users?id=7`, {});
    expect(sent()).toEqual({ reads: 3, PutItem: 1 });
  });

  it('requestScope: false: each call reads', async () => {
    const url = await start(platform, { requestScope: false });
    await send(`${url}/users?id=7`, {});
    proxy.reset();
    await send(`${url}/users?id=7`, {});
    // The guard, the interceptor before and after, and the handler's two.
    expect(sent()).toEqual({ reads: 5 });
  });
});

describe('fastify', () => {
  it('a hook that goes on in a context of its own, as the reader of a body may, does not end the scope', async () => {
    const adapter = new FastifyAdapter();
    const waiting: (() => void)[] = [];
    const timer = setInterval(() => waiting.splice(0).forEach((done) => done()), 5);
    afterFile(async () => {
      clearInterval(timer);
      return Promise.resolve();
    });
    adapter.getInstance().addHook('preParsing', (_request, _reply, _payload, done) => waiting.push(done));
    const url = await start(adapter);
    await send(`${url}/users?id=7`);
    proxy.reset();
    expect(await send(`${url}/users?id=7`, {})).toMatchObject({ rest: ['anna 7', 'anna 7'] });
    expect(sent()).toEqual({ reads: 1 });
  });
});
