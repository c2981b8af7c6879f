import 'reflect-metadata';
import { HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { DynamoCacheModule } from '../../lib';
import { DynamoCacheHealthIndicator } from 'nestjs-dynamo-cache/terminus';
import { dynamodbEndpoint, freshTable } from '../support/dynamodb';
import { FaultyProxy } from '../support/faulty-proxy';

const closing: (() => Promise<void>)[] = [];

async function start(options: { table: string; endpoint: string }) {
  const { table, endpoint } = options;
  const moduleRef = await Test.createTestingModule({
    imports: [
      TerminusModule,
      DynamoCacheModule.forRoot({
        table,
        isGlobal: true,
        timeout: '300ms',
        breaker: { failures: 2, cooldown: '1h' },
        logger: { warn: () => undefined, error: () => undefined },
        client: {
          endpoint,
          region: 'us-east-1',
          credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
        },
      }),
    ],
    providers: [DynamoCacheHealthIndicator],
  }).compile();
  closing.push(() => moduleRef.close());
  const health = moduleRef.get(HealthCheckService);
  const indicator = moduleRef.get(DynamoCacheHealthIndicator);
  return (isEssential = false) => health.check([() => indicator.isHealthy('cache', { isEssential })]);
}

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

describe('the health indicator', () => {
  it('is up while the table can be read', async () => {
    const check = await start({ table: await freshTable(), endpoint: dynamodbEndpoint });
    const { status, details } = await check();
    expect(status).toBe('ok');
    expect(details.cache).toMatchObject({ status: 'up', breaker: 'closed' });
  });

  it('is degraded, and the application in service, while the table cannot be reached', async () => {
    const proxy = await FaultyProxy.start(dynamodbEndpoint);
    closing.push(() => proxy.close());
    const check = await start({ table: await freshTable(), endpoint: proxy.endpoint });
    proxy.mode = 'black-hole';
    const { status, details } = await check();
    expect(status).not.toBe('error');
    expect(details.cache).toMatchObject({ status: 'degraded', reason: 'DeadlineError' });
  });

  it('sends nothing while the breaker is open', async () => {
    const proxy = await FaultyProxy.start(dynamodbEndpoint);
    closing.push(() => proxy.close());
    const check = await start({ table: await freshTable(), endpoint: proxy.endpoint });
    proxy.mode = 'status-500';
    for (let i = 0; i < 5; i++) await check();
    expect(proxy.count('GetItem')).toBe(2);
    expect((await check()).details.cache).toMatchObject({ breaker: 'open', reason: 'BreakerOpenError' });
  });

  it('fails the check where the cache is said to be essential', async () => {
    const check = await start({ table: 'there-is-no-such-table', endpoint: dynamodbEndpoint });
    await expect(check(true)).rejects.toMatchObject({ response: { status: 'error' } });
  });
});
