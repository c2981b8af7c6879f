/**
 * The story without a browser: the table is loaded, visitors ask over HTTP, instances share what they know, and Redis goes
 * away and comes back. Each step checks what it tells; the first one that does not hold ends the demo with exit code 1.
 * `npm run demo -- --record` writes what the cache saved into docs/restaurants and the README.
 */
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { INestApplication } from '@nestjs/common';
import { DYNAMO_CACHE_CLIENT, DynamoCache } from 'nestjs-dynamo-cache';
import { startDynamoDB } from 'nestjs-dynamo-cache/testing';
import { AppModule } from '../app.module';
import { createApp } from '../create-app';
import { DATABASE } from '../database/database.module';
import { tableName } from '../database/restaurants-table';
import { Checkpoint } from '../loading/checkpoint';
import { type RestaurantFile, readRestaurants } from '../loading/restaurant-file';
import { RedisServer, hasRedis } from '../redis/redis-server';
import { recordSavings } from '../record';
import { loadInterrupted } from './interrupted-load';
import { savingsOf, tellSavings } from './savings';
import { TableMeter } from './table-meter';
import { pathOf, trafficOf } from './traffic';
import { UncachedModule } from './uncached.module';
import { type Visit, Visitor, count, medianMs } from './visitor';

const VISITS = 600;
const SEED = 7;
const PATIENCE_MS = 20_000;

interface Instance {
  readonly app: INestApplication;
  readonly visitor: Visitor;
}

const instances: Instance[] = [];

async function main(): Promise<void> {
  assert.ok(
    hasRedis(),
    'The demo kills and starts a Redis: install one, so that redis-server is on the PATH.',
  );
  const dynamodb = await startDynamoDB();
  const redis = await RedisServer.start();
  process.env.DYNAMODB_ENDPOINT = dynamodb.endpoint;
  process.env.REDIS_URL = redis.url;
  try {
    console.log(`\nThe application runs on an embedded DynamoDB (${dynamodb.engine}) and a real Redis.\n`);
    const uncached = await startInstance(UncachedModule);
    const file = await readRestaurants();
    await loading(uncached, file);
    const first = await startInstance(AppModule);
    await saving(uncached, first, file, dynamodb.engine);
    const second = await sharing(first, file);
    await outage(uncached, second, redis, file);
    await recovery(first, second, redis, file);
    const visits = instances.flatMap(({ visitor }) => visitor.visits);
    console.log(`\n${visits.length} visits, none failed.\n`);
    holds(
      visits.every(({ status }) => status === 200),
      'no visit failed',
    );
  } finally {
    for (const { app } of instances) await app.close();
    await redis.kill();
    await dynamodb.stop();
  }
}

async function startInstance(module: typeof AppModule | typeof UncachedModule): Promise<Instance> {
  const app = await createApp(module);
  await app.listen(0, '127.0.0.1');
  const instance = { app, visitor: new Visitor(await app.getUrl()) };
  instances.push(instance);
  return instance;
}

async function loading({ app }: Instance, { digest, restaurants }: RestaurantFile): Promise<void> {
  const checkpoint = new Checkpoint(app.get(DATABASE), tableName(), digest);
  const { killedAt, said } = await loadInterrupted(checkpoint);
  const total = restaurants.length;
  holds(killedAt > 0 && killedAt < total, 'the first load was killed in the middle');
  holds(said.includes(`${figure(killedAt)} of them from an earlier load`), 'the second load went on there');
  tell('LOAD', `killed after ${figure(killedAt)} of ${figure(total)}; started again: ${said}`);
}

async function saving(
  uncached: Instance,
  cached: Instance,
  { restaurants }: RestaurantFile,
  engine: string,
): Promise<void> {
  const meters = {
    without: meterOf(uncached),
    with: meterOf(cached),
    cacheTable: new TableMeter(cached.app.get(DYNAMO_CACHE_CLIENT)),
  };
  const visits = { without: [] as Visit[], with: [] as Visit[] };
  for (const [i, path] of trafficOf(restaurants, VISITS, SEED).entries()) {
    // In turns, so that a busy machine slows both alike.
    const inTurn = [
      [visits.without, uncached],
      [visits.with, cached],
    ] as const;
    for (const [told, { visitor }] of i % 2 === 0 ? inTurn : inTurn.toReversed()) {
      told.push(await visitor.ask(path));
    }
  }
  assertSameAnswers(visits.with, visits.without);
  const savings = savingsOf(visits, meters, { engine, seed: SEED });
  holds(savings.with.requests < savings.without.requests / 2, 'more than half of the requests are saved');
  holds(savings.with.readUnits < savings.without.readUnits / 2, 'more than half of the read units are saved');
  holds(savings.with.medianMs < savings.without.medianMs, 'a visit is faster with the cache');
  tell('SAVED', tellSavings(savings));
  if (process.argv.includes('--record')) recordSavings(savings);
}

/** Another instance knows nothing, and neither asks the database nor, while there is Redis, the table of the cache. */
async function sharing(first: Instance, { restaurants }: RestaurantFile): Promise<Instance> {
  const paths = restaurants.slice(0, 50).map(pathOf);
  await first.visitor.askAll(paths, { atOnce: 5 });
  const second = await startInstance(AppModule);
  const meter = meterOf(second);
  const byRedis = await second.visitor.askAll(paths);
  const { readUnits } = statsOf(second);
  holds(
    count(byRedis, 'shared') === paths.length && meter.requests === 0,
    'no instance loads what another has',
  );
  holds(readUnits === 0, 'while there is Redis, the table of the cache is not read');

  const { REDIS_URL } = process.env;
  delete process.env.REDIS_URL;
  const third = await startInstance(AppModule);
  process.env.REDIS_URL = REDIS_URL;
  const byTable = await third.visitor.askAll(paths);
  holds(count(byTable, 'shared') === paths.length && statsOf(third).loads === 0, 'the table has it, too');
  holds(statsOf(third).readUnits > 0, 'without Redis, the table is read');
  const again = await third.visitor.askAll(paths.slice(-10));
  holds(count(again, 'memory') === again.length, 'what was read is in memory');
  tell(
    'SHARED',
    `50 summaries on other instances: out of Redis ${ms(byRedis)} each, out of the table ${ms(byTable)}, then out of memory ${ms(again)}.`,
  );
  return second;
}

async function outage(
  uncached: Instance,
  second: Instance,
  redis: RedisServer,
  { restaurants }: RestaurantFile,
): Promise<void> {
  const paths = restaurants.slice(100, 300).map(pathOf);
  const before = second.visitor.visits.length;
  const asking = second.visitor.askAll(paths, { atOnce: 10 });
  while (second.visitor.visits.length < before + 50) await sleep(1);
  await redis.kill();
  const visits = await asking;
  holds(
    second.visitor.visits.length === before + paths.length,
    'Redis was killed in the middle of the visits',
  );
  assertSameAnswers(visits, await uncached.visitor.askAll(paths));
  const slowest = Math.max(...visits.map((visit) => visit.ms));
  tell(
    'OUTAGE',
    `Redis is killed in the middle of 200 visits: 200 right answers, ${slowest.toFixed(0)} ms at most.`,
  );
}

async function recovery(
  first: Instance,
  second: Instance,
  redis: RedisServer,
  { restaurants }: RestaurantFile,
): Promise<void> {
  await redis.start();
  const began = performance.now();
  for (const path of restaurants.slice(1_000).map(pathOf)) {
    // Loaded by one instance: the other one finds it in Redis, or has to read the table.
    await first.visitor.ask(path);
    const { readUnits } = statsOf(second);
    const { from } = await second.visitor.ask(path);
    if (from === 'shared' && statsOf(second).readUnits === readUnits) {
      tell('BACK', 'Redis is there again, empty; soon instances share by it. Nobody restarted them.');
      return;
    }
    holds(performance.now() - began < PATIENCE_MS, 'Redis is asked again when it is back');
    await sleep(100);
  }
}

function meterOf({ app }: Instance): TableMeter {
  return new TableMeter(app.get(DATABASE));
}

function statsOf({ app }: Instance) {
  return app.get(DynamoCache).stats();
}

/** Whatever they came from. */
function assertSameAnswers(visits: readonly Visit[], others: readonly Visit[]): void {
  const answersOf = (all: readonly Visit[]) => all.map(({ data }) => ({ ...data, computedAt: '' }));
  assert.deepEqual(answersOf(visits), answersOf(others), 'with and without a cache, answers are the same');
}

function holds(claim: boolean, what: string): void {
  assert.ok(claim, `This does not hold: ${what}.`);
}

function tell(step: string, what: string): void {
  console.log(`${step.padEnd(7)} ${what}`);
}

function ms(visits: readonly Visit[]): string {
  return `${medianMs(visits).toFixed(1)} ms`;
}

function figure(number: number): string {
  return number.toLocaleString('en');
}

// A signal that nobody handles ends this process without its 'exit' event, and a load that it has started goes on.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
