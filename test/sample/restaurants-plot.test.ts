/** What the restaurants sample measured, what it made of that, and whether it measures what it says. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureTable } from '../../sample/03-restaurants/src/database/restaurants-table';
import { type Savings, tellSavings } from '../../sample/03-restaurants/src/demo/savings';
import { load } from '../../sample/03-restaurants/src/loading/load';
import { readRestaurants } from '../../sample/03-restaurants/src/loading/restaurant-file';
import { densityOf, percentilesOf } from '../../sample/03-restaurants/src/plot/distribution';
import { drawPng, drawSvg } from '../../sample/03-restaurants/src/plot/draw';
import { type Latency, tablesOf } from '../../sample/03-restaurants/src/plot/latency';
import { measure } from '../../sample/03-restaurants/src/plot/measure';
import { pageOf } from '../../sample/03-restaurants/src/plot/page';
import { questionsOf } from '../../sample/03-restaurants/src/plot/questions';
import { type Reader, TIERS, startReaders } from '../../sample/03-restaurants/src/plot/readers';
import { connectRedis, disconnectRedis } from '../../sample/03-restaurants/src/redis/redis.module';
import type { Restaurant } from '../../sample/03-restaurants/src/restaurants/restaurant';
import { dropTable, dynamodbEndpoint, testClient } from '../support/dynamodb';
import { RedisServer, hasRedis } from '../tiers/redis-server';

const RECORDS = 'docs/restaurants';
const README = readFileSync('sample/03-restaurants/README.md', 'utf8');
const record = (name: string) => readFileSync(join(RECORDS, name), 'utf8');
const latency = JSON.parse(record('latency.json')) as Latency;

/** Without regard to where lines break. */
const flowing = (text: string) => text.replace(/\s+/g, ' ');

describe('what was measured', () => {
  it('is what the README says', () => {
    expect(README).toContain(tablesOf(latency));
    const savings = JSON.parse(record('savings.json')) as Savings;
    expect(flowing(README)).toContain(tellSavings(savings));
  });

  it('is at least a thousand reads of each question from each tier, in the same run', () => {
    expect(latency.questions).toHaveLength(2);
    for (const { durations } of latency.questions) {
      expect(Object.keys(durations)).toEqual([...TIERS]);
      for (const all of Object.values(durations)) expect(all).toHaveLength(latency.reads);
    }
    expect(latency.reads).toBeGreaterThanOrEqual(1_000);
  });

  it('is what the chart and the page show', async () => {
    const svg = await drawSvg(latency);
    const [isSvg, isPage] = [svg === record('latency.svg'), pageOf(latency, svg) === record('latency.html')];
    expect({ isSvg, isPage }, 'npm run plot -- --redraw').toEqual({ isSvg: true, isPage: true });
  });
});

describe('the chart as PNG', () => {
  it('has its text where there are no fonts, because it brings its own', async () => {
    const words = (text: string) =>
      `<svg xmlns="http://www.w3.org/2000/svg" width="80" height="20"><text x="2" y="15" font-family="Lato" font-size="14">${text}</text></svg>`;
    const [empty, written, fontless] = [
      await drawPng(words('')),
      await drawPng(words('p50')),
      await drawPng(words('p50'), []),
    ];
    expect(Buffer.compare(written, empty)).not.toBe(0);
    // No font of the system has stood in.
    expect(Buffer.compare(fontless, empty)).toBe(0);
  });

  it('is the SVG, twice as large', () => {
    const svg = record('latency.svg');
    const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg) ?? [];
    const png = readFileSync(join(RECORDS, 'latency.png'));
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([2 * Number(width), 2 * Number(height)]);
  });
});

describe('percentiles', () => {
  it('are durations that were measured', () => {
    const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect(percentilesOf(hundred)).toEqual({ p50: 50, p95: 95, p99: 99 });
    expect(percentilesOf([7])).toEqual({ p50: 7, p95: 7, p99: 7 });
  });
});

describe('a distribution', () => {
  it('is highest where durations are frequent, and shows two peaks apart', () => {
    const points = densityOf([...Array<number>(30).fill(1), ...Array<number>(10).fill(10)]);
    const near = (x: number) =>
      points.reduce((a, b) => (Math.abs(Math.log(b.x / x)) < Math.abs(Math.log(a.x / x)) ? b : a)).density;
    expect(near(1)).toBeCloseTo(1, 1);
    expect(near(10)).toBeCloseTo(1 / 3, 1);
    expect(near(3)).toBeLessThan(0.01);
  });
});

const isThere = hasRedis();
if (!isThere)
  console.warn('SKIPPED: measuring tiers over a real Redis. There is no redis-server on the PATH.');

describe.skipIf(!isThere)('measuring', () => {
  const before = { ...process.env };
  const tables = { RESTAURANTS_TABLE: `restaurants-${randomUUID()}`, CACHE_TABLE: `cache-${randomUUID()}` };
  let server: RedisServer;
  let redis: ReturnType<typeof connectRedis>;
  let readers: Reader[];
  let some: readonly Restaurant[];

  beforeAll(async () => {
    Object.assign(process.env, tables, { DYNAMODB_ENDPOINT: dynamodbEndpoint });
    const { digest, restaurants } = await readRestaurants();
    some = restaurants.slice(0, 40);
    const client = testClient();
    await ensureTable(client, tables.RESTAURANTS_TABLE);
    const quiet = { begin() {}, advance() {}, end() {}, fail() {} };
    const file = { digest, restaurants: some };
    await load(file, DynamoDBDocumentClient.from(client), tables.RESTAURANTS_TABLE, quiet);
    client.destroy();
    server = await RedisServer.start();
    redis = connectRedis(server.url);
    readers = await startReaders(redis);
  });

  afterAll(async () => {
    for (const reader of readers) await reader.close();
    await disconnectRedis(redis);
    await server.kill();
    for (const name of [...Object.keys(tables), 'DYNAMODB_ENDPOINT'])
      Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, before);
    for (const table of Object.values(tables)) await dropTable(table);
  });

  it('takes a duration for each question from each tier, which answered it itself', async () => {
    for (const question of questionsOf(some, 30, 1)) {
      const durations = await measure(question, readers);
      expect(Object.keys(durations)).toEqual([...TIERS]);
      for (const all of Object.values(durations)) {
        expect(all).toHaveLength(30);
        expect(all.every((us) => us > 0)).toBe(true);
      }
    }
  });

  it('asks the same questions for the same seed', async () => {
    const asked: string[] = [];
    const recorder = { summary: async (id: string) => asked.push(id) } as never;
    for (const seed of [1, 1, 2]) for (const ask of questionsOf(some, 5, seed)[0]!.asks) await ask(recorder);
    expect(asked.slice(0, 5)).toEqual(asked.slice(5, 10));
    expect(asked.slice(0, 5)).not.toEqual(asked.slice(10));
  });

  it('does not take the answers of one tier for those of another', async () => {
    const [question] = questionsOf(some, 10, 3);
    const memory = readers.find(({ tier }) => tier === 'memory')!;
    for (const reader of readers.filter(({ tier }) => tier !== 'database')) {
      // Its counts, and the answers of the memory.
      const impostor: Reader = { ...reader, restaurants: memory.restaurants };
      const measuring = measure(question!, [impostor]);
      if (reader === memory) await measuring;
      else await expect(measuring).rejects.toThrow(`answered by the ${reader.tier}`);
    }
  });
});
