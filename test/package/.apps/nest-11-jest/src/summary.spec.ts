import 'reflect-metadata';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { DYNAMO_CACHE_CLIENT, DYNAMO_CACHE_OPTIONS } from 'nestjs-dynamo-cache';
import { startDynamoDB } from 'nestjs-dynamo-cache/testing';
import { AppModule, credentials } from './app.module.js';
import { checkRoutes } from './check-routes.js';
import { SummaryService } from './summary.service.js';

const NOWHERE = 'http://127.0.0.1:9';
let dynamodb: Awaited<ReturnType<typeof startDynamoDB>>;

beforeAll(async () => {
  dynamodb = await startDynamoDB();
});

afterAll(async () => {
  await dynamodb.stop();
});

test('a hit comes from the table, in a second application too', async () => {
  const [one, other] = [
    await compile(AppModule.on(dynamodb.endpoint)),
    await compile(AppModule.on(dynamodb.endpoint)),
  ];

  const loaded = await one.service.summary('7');
  const hit = await one.service.summary('7');
  expect(hit).toEqual(loaded);
  // Jest runs tests in a realm of their own: a hit must be made of the built-ins that the test sees.
  expect(hit.at).toBeInstanceOf(Date);
  expect(hit.dishes).toBeInstanceOf(Map);
  expect(await other.service.summary('7')).toEqual(loaded);
  expect([one.service.loads, other.service.loads]).toEqual([1, 0]);

  await Promise.all([one.app.close(), other.app.close()]);
});

test('an eviction by tag reaches the other application', async () => {
  const [one, other] = [
    await compile(AppModule.on(dynamodb.endpoint)),
    await compile(AppModule.on(dynamodb.endpoint)),
  ];

  await one.service.summary('tagged');
  await one.service.summary('another');
  const { loads } = one.service;
  expect(await other.service.rename('tagged', 'Lupo')).toBe('Lupo');
  await one.service.summary('tagged');
  expect(one.service.loads).toBe(loads + 1);
  await one.service.summary('another');
  expect(one.service.loads).toBe(loads + 1);

  await Promise.all([one.app.close(), other.app.close()]);
});

test.each([
  ['express', () => new ExpressAdapter()],
  ['fastify', () => new FastifyAdapter()],
])('routes are cached on %s', async (name, adapter) => {
  const module = await Test.createTestingModule({ imports: [AppModule.on(dynamodb.endpoint)] }).compile();
  await checkRoutes(module.createNestApplication(adapter() as ExpressAdapter), name);
});

test('the client can be overridden', async () => {
  const client = new DynamoDBClient({ endpoint: dynamodb.endpoint, region: 'us-east-1', credentials });
  const { app, service } = await compile(AppModule.on(NOWHERE), DYNAMO_CACHE_CLIENT, client);

  await service.summary('8');
  await service.summary('8');
  expect(service.loads).toBe(1);

  await app.close();
  client.destroy();
});

test('the options can be overridden', async () => {
  const client = { endpoint: dynamodb.endpoint, region: 'us-east-1', credentials };
  const options = { table: 'another-table', client, createTable: true };
  const { app, service } = await compile(AppModule.on(NOWHERE), DYNAMO_CACHE_OPTIONS, options);

  await service.summary('9');
  await service.summary('9');
  expect(service.loads).toBe(1);

  await app.close();
});

async function compile(module: ReturnType<typeof AppModule.on>, token?: unknown, value?: unknown) {
  const builder = Test.createTestingModule({ imports: [module] });
  if (token) builder.overrideProvider(token).useValue(value);
  const app = await builder.compile();
  await app.init();
  return { app, service: app.get(SummaryService) };
}
