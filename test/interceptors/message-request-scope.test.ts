// A message of a microservice has a request scope of its own, and so has any code that asks for one.
import 'reflect-metadata';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Controller, type INestMicroservice, Injectable } from '@nestjs/common';
import {
  type ClientProxy,
  ClientProxyFactory,
  MessagePattern,
  type MicroserviceOptions,
  RpcException,
  Transport,
} from '@nestjs/microservices';
import { from, lastValueFrom, mergeMap, of, toArray } from 'rxjs';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DynamoCache, DynamoCacheModule, DynamoCacheable, DynamoStore } from '../../lib';
import { InMemoryStore } from '../../lib/testing';
import { Test } from '@nestjs/testing';
import { afterFile } from '../support/after-file';
import { Log, startModule } from '../module/application';

class CountingStore extends InMemoryStore {
  reads = 0;

  override async read(...args: Parameters<InMemoryStore['read']>) {
    this.reads++;
    return super.read(...args);
  }
}

@Injectable()
class Users {
  @DynamoCacheable('10m')
  async find(id: string): Promise<string> {
    return `anna ${id}`;
  }
}

@Controller()
class UsersController {
  constructor(private readonly users: Users) {}

  @MessagePattern('promise')
  async promise(id: string): Promise<string[]> {
    return [await this.users.find(id), await this.users.find(id)];
  }

  @MessagePattern('observable')
  observable(id: string) {
    return of(1, 2, 3).pipe(mergeMap(() => from(this.users.find(id))));
  }

  @MessagePattern('fails')
  async fails(id: string): Promise<never> {
    throw new RpcException(await this.users.find(id));
  }
}

describe('a message over TCP', () => {
  const store = new CountingStore();
  let service: INestMicroservice;
  let client: ClientProxy;

  beforeAll(async () => {
    const module = await Test.createTestingModule({
      imports: [DynamoCacheModule.forRoot({ logger: new Log() })],
      controllers: [UsersController],
      providers: [Users],
    })
      .overrideProvider(DynamoStore)
      .useValue(store)
      .compile();
    const options = { host: '127.0.0.1', port: await freePort() };
    const microservice: MicroserviceOptions = { transport: Transport.TCP, options };
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- a class that Nest does not export
    service = module.createNestMicroservice(microservice);
    await service.listen();
    client = ClientProxyFactory.create({ transport: Transport.TCP, options });
    afterFile(() => service.close());
    afterFile(async () => Promise.resolve(client.close()));
  });
  beforeEach(() => {
    store.reads = 0;
  });

  const ask = (pattern: string, id: string) =>
    lastValueFrom(client.send<unknown>(pattern, id).pipe(toArray()));

  it('reads once', async () => {
    expect(await ask('promise', '1')).toEqual([['anna 1', 'anna 1']]);
    expect(store.reads).toBe(1);
  });

  it('reads once while its answer streams', async () => {
    expect(await ask('observable', '2')).toEqual(['anna 2', 'anna 2', 'anna 2']);
    expect(store.reads).toBe(1);
  });

  it('has a scope of its own', async () => {
    await ask('promise', '3');
    await Promise.all([ask('promise', '3'), ask('promise', '3')]);
    expect(store.reads).toBe(3);
  });

  it('fails as it would without', async () => {
    await expect(ask('fails', '4')).rejects.toMatchObject({ status: 'error', message: 'anna 4' });
  });
});

describe('runInScope', () => {
  const start = async (requestScope: boolean) => {
    const store = new CountingStore();
    const module = await startModule({ providers: [Users], store, options: { requestScope } });
    return { store, cache: module.get(DynamoCache), users: module.get(Users) };
  };

  it('reads once inside, and each time outside', async () => {
    const { store, cache, users } = await start(true);
    await cache.runInScope(async () => {
      await users.find('7');
      await users.find('7');
    });
    expect(store.reads).toBe(1);
    await users.find('7');
    await users.find('7');
    expect(store.reads).toBe(3);
  });

  it('returns what the code returns', async () => {
    const { cache } = await start(true);
    expect(cache.runInScope(() => 7)).toBe(7);
    await expect(cache.runInScope(async () => Promise.reject(new Error('own')))).rejects.toThrow('own');
  });

  it('is no scope when scopes are off', async () => {
    const { store, cache, users } = await start(false);
    await cache.runInScope(async () => {
      await users.find('7');
      await users.find('7');
    });
    expect(store.reads).toBe(2);
  });
});

/** A port that nobody listens on; Nest's TCP server does not tell which one it was given. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
