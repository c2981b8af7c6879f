/**
 * The story without a browser: the application runs, a visitor asks over HTTP, and DynamoDB goes away and comes back.
 * Each step checks what it tells; the first one that does not hold ends the demo with exit code 1.
 */
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoCache } from 'nestjs-dynamo-cache';
import { type RunningDynamoDB, startDynamoDB } from 'nestjs-dynamo-cache/testing';
import { createApp } from '../create-app';
import { Borough } from '../restaurants/restaurant';
import { Visitor, count, fastestMs, isSameFigures, medianMs, type Visit } from './visitor';

const COOLDOWN_MS = 400;
const BOROUGHS = Object.values(Borough).map((borough) => `/boroughs/${borough}`);
const MANHATTAN = '/boroughs/Manhattan';

async function main(): Promise<void> {
  let dynamodb = await startDynamoDB();
  process.env.DYNAMODB_ENDPOINT = dynamodb.endpoint;
  process.env.CACHE_TABLE = 'quickstart-demo';
  process.env.CACHE_COOLDOWN = `${COOLDOWN_MS}ms`;
  const app = await createApp();
  const cache = app.get(DynamoCache);
  try {
    await app.listen(0, '127.0.0.1');
    const visitor = new Visitor(await app.getUrl());
    console.log(`\nThe application runs on an embedded DynamoDB (${dynamodb.engine}).\n`);

    const misses = await firstVisits(visitor);
    const hits = await secondVisits(visitor, misses);
    await crowd(visitor);
    await expiry(visitor);
    const healthy = [...visitor.visits];

    await dynamodb.stop();
    await outage(visitor, misses, cache);
    dynamodb = await restart(dynamodb);
    await emptyDynamoDB(visitor, misses);
    await cache.prepare();
    await recovery(visitor, cache);
    sumUp(visitor, healthy, fastestMs(misses) - medianMs(hits));
  } finally {
    await app.close();
    await dynamodb.stop();
  }
}

async function firstVisits(visitor: Visitor): Promise<Visit[]> {
  const misses = await visitor.askInTurn(BOROUGHS);
  holds(count(misses, 'miss') === misses.length, 'the first visit of each borough is a miss');
  tell(
    'MISS',
    `5 boroughs for the first time: ${ms(medianMs(misses))} each, ${ms(fastestMs(misses))} at best.`,
  );
  return misses;
}

async function secondVisits(visitor: Visitor, misses: readonly Visit[]): Promise<Visit[]> {
  const rounds = 20;
  const hits: Visit[] = [];
  for (let round = 0; round < rounds; round++) hits.push(...(await visitor.askInTurn(BOROUGHS)));
  holds(count(hits, 'hit') === hits.length, 'every later visit is a hit');
  holds(
    hits.every(({ data }, i) => data.computedAt === misses[i % BOROUGHS.length]?.data.computedAt),
    'a hit is what the miss was',
  );
  holds(medianMs(hits) < fastestMs(misses), 'a hit is faster than a miss');
  const ratio = (fastestMs(misses) / medianMs(hits)).toFixed(0);
  tell(
    'HIT',
    `${hits.length} more visits: ${ms(medianMs(hits))} each, ${ratio} times faster than the best miss.`,
  );
  return hits;
}

async function crowd(visitor: Visitor): Promise<void> {
  const visits = await visitor.askAtOnce('/boroughs/Queens/top/Pizza', 20);
  holds(count(visits, 'miss') === 1, 'of 20 visitors at once one reads the data');
  tell(
    'CROWD',
    `20 visitors at once where nothing is cached: the data is read once, ${ms(medianMs(visits))}.`,
  );
}

async function expiry(visitor: Visitor): Promise<void> {
  const path = '/inspections/latest';
  const young = await visitor.askInTurn([path, path]);
  await sleep(1_100);
  const old = await visitor.ask(path);
  const origins = [...young, old].map(({ cache }) => cache);
  assert.deepEqual(origins, ['miss', 'hit', 'miss'], 'what is kept for one second is loaded again after it');
  tell('EXPIRY', `kept for one second: ${origins[0]}, ${origins[1]}, 1.1 s later ${origins[2]}.`);
}

async function outage(visitor: Visitor, before: readonly Visit[], cache: DynamoCache): Promise<void> {
  const visits = await visitor.askInTurn([...BOROUGHS, ...BOROUGHS]);
  holdsUp(visits, before);
  holds(cache.stats().breaker !== 'closed', 'after failures in a row DynamoDB is left alone');
  const crowd = await visitor.askAtOnce(MANHATTAN, 20);
  holds(count(crowd, 'miss') === 1, 'without DynamoDB, too, visitors at once share one load');
  const slowest = Math.max(...visits.map((visit) => visit.ms));
  tell(
    'OUTAGE',
    `DynamoDB is stopped. 10 visits, 10 right answers: ${ms(medianMs(visits))} each, ${ms(slowest)} at most.`,
  );
  tell('', '20 visitors at once still make one load.');
}

async function restart(dynamodb: RunningDynamoDB): Promise<RunningDynamoDB> {
  const port = Number(new URL(dynamodb.endpoint).port);
  return startDynamoDB({ engine: dynamodb.engine, port });
}

async function emptyDynamoDB(visitor: Visitor, before: readonly Visit[]): Promise<void> {
  await sleep(COOLDOWN_MS);
  holdsUp(await visitor.askInTurn(BOROUGHS), before);
  tell('EMPTY', 'DynamoDB is back at the same address, without its table. 5 visits, 5 right answers.');
}

async function recovery(visitor: Visitor, cache: DynamoCache): Promise<void> {
  await sleep(COOLDOWN_MS);
  const visits = await visitor.askInTurn([MANHATTAN, MANHATTAN]);
  const origins = visits.map((visit) => visit.cache);
  assert.deepEqual(origins, ['miss', 'hit'], 'with a table again, visits are cached again');
  holds(cache.stats().breaker === 'closed', 'DynamoDB is trusted again');
  tell('BACK', `the table is there again: ${origins.join(', ')}. Nobody restarted the application.`);
}

function sumUp(visitor: Visitor, healthy: readonly Visit[], savedByHitMs: number): void {
  const all = visitor.visits;
  const hits = count(healthy, 'hit');
  const seconds = ((hits * savedByHitMs) / 1_000).toFixed(1);
  holds(
    all.every(({ status }) => status === 200),
    'no visit failed',
  );
  console.log(`
${all.length} visits, none failed. While DynamoDB was well: ${healthy.length} visits, ${hits} hits, and
the data was read ${count(healthy, 'miss')} times. The hits saved about ${seconds} s, against the best miss.\n`);
}

/** Every answer is right, and none of them came out of the cache. */
function holdsUp(visits: readonly Visit[], before: readonly Visit[]): void {
  holds(count(visits, 'miss') === visits.length, 'without a table every visit loads');
  holds(
    visits.every((visit, i) => visit.status === 200 && isSameFigures(visit, before[i % before.length]!)),
    'without a table every visit gets the same figures',
  );
}

function holds(claim: boolean, what: string): void {
  assert.ok(claim, `This does not hold: ${what}.`);
}

function tell(step: string, what: string): void {
  console.log(`${step.padEnd(7)} ${what}`);
}

function ms(figure: number): string {
  return `${figure.toFixed(figure < 10 ? 1 : 0)} ms`;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
