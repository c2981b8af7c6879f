/**
 * `npm run plot`: measures how long a read takes from the database and from each tier in front of it, and draws it into
 * docs/restaurants. `-- --redraw` draws what was measured last; `-- --reads 5000` reads more than 2,000 times.
 */
import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type KeyvRedis from '@keyv/redis';
import type { RedisClientType } from '@keyv/redis';
import type { Keyv } from 'keyv';
import { startDynamoDB } from 'nestjs-dynamo-cache/testing';
import { loadTable } from '../loading/load-table';
import { readRestaurants } from '../loading/restaurant-file';
import { RECORDS, recordLatency } from '../record';
import { connectRedis, disconnectRedis } from '../redis/redis.module';
import { RedisServer } from '../redis/redis-server';
import { drawPng, drawSvg } from './draw';
import { type Latency, tablesOf } from './latency';
import { measure } from './measure';
import { pageOf } from './page';
import { questionsOf } from './questions';
import { startReaders } from './readers';

const SEED = 3;
const LEAST_READS = 1_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { redraw: { type: 'boolean' }, reads: { type: 'string', default: '2000' } },
  });
  const reads = Number(values.reads);
  if (!(reads >= LEAST_READS)) throw new RangeError(`--reads: write ${LEAST_READS} or more.`);
  const latency = values.redraw ? lastLatency() : await measureAll(reads);
  const svg = await drawSvg(latency);
  recordLatency(latency, { svg, png: await drawPng(svg), page: pageOf(latency, svg) });
  console.log(`\n${tablesOf(latency)}\n\nDrawn into ${RECORDS}.`);
}

async function measureAll(reads: number): Promise<Latency> {
  const { stop, engine } = await provideDynamoDB();
  const server = process.env.REDIS_URL ? undefined : await RedisServer.start();
  const redis = connectRedis(server?.url ?? process.env.REDIS_URL!);
  const readers = await startReaders(redis);
  try {
    const { restaurants } = await readRestaurants();
    const questions: Latency['questions'][number][] = [];
    for (const question of questionsOf(restaurants, reads, SEED)) {
      console.log(`${question.title}: ${reads} reads from each of ${readers.length} tiers.`);
      const durations = await measure(question, readers);
      questions.push({ title: question.title, durations });
    }
    return { ...conditions(engine, await redisVersionOf(redis)), seed: SEED, reads, questions };
  } finally {
    for (const reader of readers) await reader.close();
    await disconnectRedis(redis);
    await server?.kill();
    await stop();
  }
}

/** The tables in AWS or the DynamoDB that the environment names; else an embedded one. The table is loaded. */
async function provideDynamoDB(): Promise<{ engine: string; stop: () => Promise<void> }> {
  const { CACHE_TABLE, DYNAMODB_ENDPOINT } = process.env;
  const embedded = CACHE_TABLE || DYNAMODB_ENDPOINT ? undefined : await startDynamoDB();
  if (embedded) process.env.DYNAMODB_ENDPOINT = embedded.endpoint;
  await loadTable();
  return {
    engine: embedded?.engine ?? DYNAMODB_ENDPOINT ?? 'AWS',
    stop: async () => embedded?.stop(),
  };
}

function conditions(
  engine: string,
  redisVersion: string,
): Pick<Latency, 'date' | 'machine' | 'versions' | 'engine'> {
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`,
    versions: { 'AWS SDK': versionOf('@aws-sdk/client-dynamodb'), Redis: redisVersion },
    engine,
  };
}

function versionOf(name: string): string {
  const text = readFileSync(require.resolve(`${name}/package.json`), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

async function redisVersionOf({ store }: Keyv): Promise<string> {
  const client = (await (store as KeyvRedis<unknown>).getClient()) as RedisClientType;
  return /redis_version:(\S+)/.exec(await client.info('server'))?.[1] ?? 'unknown';
}

function lastLatency(): Latency {
  return JSON.parse(readFileSync(join(RECORDS, 'latency.json'), 'utf8')) as Latency;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
