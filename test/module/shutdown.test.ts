// A shutdown waits, within its bound, for what is under way, and then closes the client if the module made it.
import 'reflect-metadata';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { DYNAMO_CACHE_CLIENT, DynamoCacheModule, type DynamoCacheOptions, DynamoCacheable } from '../../lib';
import { afterFile } from '../support/after-file';
import { dynamodbEndpoint, freshTable, rawItem, testClient } from '../support/dynamodb';
import { FaultyProxy } from '../support/faulty-proxy';
import { Log, started } from './application';

@Injectable()
class Menus {
  isLoading = false;
  release: (value: string) => void = () => undefined;

  @DynamoCacheable('10m')
  async find(_id: string): Promise<string> {
    this.isLoading = true;
    return new Promise((resolve) => (this.release = resolve));
  }
}

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const config = { endpoint: dynamodbEndpoint, region: 'us-east-1', credentials };
let proxy: FaultyProxy;
let table: string;

beforeAll(async () => {
  table = await freshTable();
  proxy = await FaultyProxy.start(dynamodbEndpoint);
  afterFile(() => proxy.close());
});
beforeEach(() => proxy.reset());
afterEach(() => vi.restoreAllMocks());

function start(options: DynamoCacheOptions) {
  const imports = [DynamoCacheModule.forRoot({ table, client: config, logger: new Log(), ...options })];
  return started(Test.createTestingModule({ imports, providers: [Menus] }));
}

describe('a load under way', () => {
  it('is waited for, and its fill arrives before the client is closed', async () => {
    const order: string[] = [];
    const logger = new Log();
    const module = await start({ client: { ...config, endpoint: proxy.endpoint }, logger });
    const client = module.get<DynamoDBClient>(DYNAMO_CACHE_CLIENT);
    vi.spyOn(client, 'destroy').mockImplementation(() => order.push('destroyed'));
    proxy.intercept = ({ operation }) => void order.push(operation);
    const menus = module.get(Menus);
    const call = menus.find('slow');
    await expect.poll(() => menus.isLoading).toBe(true);

    const closing = module.close().then(() => order.push('closed'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    // The entry, and the stamps of its method and namespace.
    expect(order).toEqual(['BatchGetItem']);
    menus.release('soup');
    expect(await call).toBe('soup');
    await closing;
    proxy.intercept = undefined;
    expect(order).toEqual(['BatchGetItem', 'PutItem', 'destroyed', 'closed']);
    expect(await rawItem(table, 'cache#Menus.find("slow")')).toBeDefined();
    expect(logger.warnings).toEqual([]);
  });

  it('whose read is still out arrives, too', async () => {
    const module = await start({ client: { ...config, endpoint: proxy.endpoint } });
    const menus = module.get(Menus);
    let answer = (): void => undefined;
    const held = new Promise<void>((resolve) => (answer = resolve));
    proxy.intercept = async ({ operation }) => {
      if (operation === 'BatchGetItem') await held;
      return undefined;
    };
    const call = menus.find('reading');
    await expect.poll(() => proxy.count('BatchGetItem')).toBe(1);
    const closing = module.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
    answer();
    await expect.poll(() => menus.isLoading).toBe(true);
    menus.release('soup');
    await Promise.all([call, closing]);
    proxy.intercept = undefined;
    expect(await rawItem(table, 'cache#Menus.find("reading")')).toBeDefined();
  });

  it('that does not end is waited for no longer than drainTimeout, said once', async () => {
    const logger = new Log();
    const module = await start({ drainTimeout: 30, logger });
    const menus = module.get(Menus);
    const call = menus.find('endless');
    await expect.poll(() => menus.isLoading).toBe(true);
    const startedAt = performance.now();
    await module.close();
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(logger.warnings).toEqual([expect.stringContaining('drainTimeout ran out')]);
    menus.release('soup');
    expect(await call).toBe('soup');
  });
});

describe('the client', () => {
  it('that was made from a configuration is closed, once', async () => {
    const module = await start({});
    const destroy = vi.spyOn(module.get<DynamoDBClient>(DYNAMO_CACHE_CLIENT), 'destroy');
    await module.close();
    expect(destroy).toHaveBeenCalledTimes(1);
  });

  it('that was given is left alone, and usable', async () => {
    const client = testClient();
    const destroy = vi.spyOn(client, 'destroy');
    const module = await start({ client });
    await module.close();
    expect(destroy).not.toHaveBeenCalled();
    await expect(client.send(new ListTablesCommand({ Limit: 1 }))).resolves.toBeDefined();
    client.destroy();
  });

  it('that a test has put in its place is left alone', async () => {
    const client = testClient();
    const destroy = vi.spyOn(client, 'destroy');
    const imports = [DynamoCacheModule.forRoot({ table, client: config })];
    const module = await started(
      Test.createTestingModule({ imports }).overrideProvider(DYNAMO_CACHE_CLIENT).useValue(client),
    );
    await module.close();
    expect(destroy).not.toHaveBeenCalled();
    client.destroy();
  });
});
