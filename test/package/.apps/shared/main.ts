/** Two applications over one table: what the first has loaded, the second is given. Ends by itself or not at all. */
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { DynamoCache } from 'nestjs-dynamo-cache';
import { createDynamoCache } from 'nestjs-dynamo-cache/core';
import { startDynamoDB } from 'nestjs-dynamo-cache/testing';
import { AppModule, credentials } from './app.module.js';
import { checkRoutes } from './check-routes.js';
import { SummaryService } from './summary.service.js';

async function main(): Promise<void> {
  const { endpoint, engine, stop } = await startDynamoDB();
  try {
    const [one, other] = [await startApp(endpoint), await startApp(endpoint)];
    await checkHits(one.get(SummaryService), other.get(SummaryService));
    await checkEvictions(one.get(SummaryService), other.get(SummaryService));
    await checkDoors(one.get(DynamoCache), endpoint);
    await Promise.all([one.close(), other.close()]);
    const logger: ['error', 'warn'] = ['error', 'warn'];
    const module = AppModule.on(endpoint);
    await checkRoutes(await NestFactory.create(module, new ExpressAdapter(), { logger }), 'express');
    await checkRoutes(await NestFactory.create(module, new FastifyAdapter(), { logger }), 'fastify');
    console.log(`hit, shared hit, eviction by tag, the core door and routes on ${engine}`);
  } finally {
    await stop();
  }
}

function startApp(endpoint: string) {
  return NestFactory.createApplicationContext(AppModule.on(endpoint), { logger: ['error', 'warn'] });
}

async function checkHits(one: SummaryService, other: SummaryService): Promise<void> {
  const loaded = await one.summary('7');
  assert.deepEqual(await one.summary('7'), loaded);
  assert.equal(one.loads, 1, 'the second call of one application is a hit');
  assert.deepEqual(await other.summary('7'), loaded);
  assert.equal(other.loads, 0, 'the first call of the other application is a hit');
}

async function checkEvictions(one: SummaryService, other: SummaryService): Promise<void> {
  await one.summary('8');
  assert.equal(await other.rename('7', 'Lupo'), 'Lupo', 'the decorated method returns what it returned');
  const [ours, theirs] = [one.loads, other.loads];
  await one.summary('7');
  await other.summary('7');
  assert.equal(
    one.loads,
    ours + 1,
    'what has the tag is loaded again, by the application that did not evict, too',
  );
  assert.equal(other.loads, theirs, 'and is a hit from then on');
  await one.summary('8');
  assert.equal(one.loads, ours + 1, 'what has another tag is still a hit');
}

async function checkDoors(cache: DynamoCache, endpoint: string): Promise<void> {
  const client = { endpoint, region: 'us-east-1', credentials };
  const core = createDynamoCache({ table: 'package-test', client });
  await core.getOrLoad('door', async () => 'core', { ttl: '1m' });
  assert.equal(await cache.getOrLoad('door', async () => 'nest', { ttl: '1m' }), 'core');
  await core.delete('door');
  assert.equal(await cache.getOrLoad('door', async () => 'nest', { ttl: '1m' }), 'nest');
  await core.close();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
