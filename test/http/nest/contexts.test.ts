// Outside HTTP the interceptor does nothing: a message, an event of a socket, a GraphQL field.
import 'reflect-metadata';
import { Controller, type ExecutionContext, Get, UseInterceptors } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host';
import {
  ClientProxyFactory,
  MessagePattern,
  type MicroserviceOptions,
  Payload,
  Transport,
} from '@nestjs/microservices';
import type { AddressInfo, Server } from 'node:net';
import { firstValueFrom, of } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { DynamoCacheInterceptor } from '../../../lib';
import { startModule } from '../../module/application';
import { afterFile } from '../../support/after-file';
import { openSite } from '../../support/http-site';

let calls = 0;
beforeEach(() => {
  calls = 0;
});

@Controller()
@UseInterceptors(DynamoCacheInterceptor)
class BothController {
  @MessagePattern('sum')
  sum(@Payload() numbers: number[]): { nth: number; sum: number } {
    return { nth: ++calls, sum: numbers.reduce((a, b) => a + b, 0) };
  }

  @Get('page')
  page(): object {
    return { nth: ++calls };
  }
}

it('a message over TCP reaches its handler each time, while the pages of the same controller are cached', async () => {
  const site = await openSite('express', { controllers: [BothController] });
  const microservice = site.app.connectMicroservice<MicroserviceOptions>(
    { transport: Transport.TCP, options: { host: '127.0.0.1', port: 0 } },
    { inheritAppConfig: true },
  );
  await site.app.startAllMicroservices();
  const { port } = microservice.unwrap<Server>().address() as AddressInfo;
  const client = ClientProxyFactory.create({
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port },
  });
  afterFile(async () => {
    client.close();
    return Promise.resolve();
  });

  const answers = [];
  for (let i = 0; i < 3; i++) answers.push(await firstValueFrom(client.send('sum', [1, 2])));
  expect(answers).toEqual([
    { nth: 1, sum: 3 },
    { nth: 2, sum: 3 },
    { nth: 3, sum: 3 },
  ]);
  await site.ask('/page');
  expect((await site.ask('/page')).text).toBe('{"nth":4}');
});

describe.each(['rpc', 'ws', 'graphql', 'necord'])('a context of type %s', (type) => {
  it('is handed on as it is', async () => {
    const module = await startModule({ providers: [DynamoCacheInterceptor] });
    const interceptor = module.get(DynamoCacheInterceptor, { strict: false });
    const handler = Object.getOwnPropertyDescriptor(BothController.prototype, 'page')!.value as () => object;
    const context = new ExecutionContextHost([{}, {}, {}, {}], BothController, handler);
    context.setType(type);
    const answer = of('untouched');
    const next = { handle: () => answer };
    expect(interceptor.intercept(context as ExecutionContext, next)).toBe(answer);
  });
});
