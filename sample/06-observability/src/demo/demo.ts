/**
 * Makes some traffic and compares what the three ways of watching say with what the visitors saw. The first figure that
 * does not agree ends the demo with exit code 1.
 */
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { startDynamoDB } from 'nestjs-dynamo-cache/testing';
import { createApp } from '../create-app';
import { Telemetry } from '../telemetry/telemetry';
import { Recorded } from './recorded';
import { Scrape } from './scrape';

const STATIONS = ['Alexanderplatz', 'Ostkreuz', 'Zoo'];
const ROUNDS = 10;
const CROWD = 20;
const METHOD = { method: 'StationService.departures' };

async function main(): Promise<void> {
  const dynamodb = await startDynamoDB();
  process.env.DYNAMODB_ENDPOINT = dynamodb.endpoint;
  process.env.CACHE_TABLE = 'observability-demo';
  const recorded = new Recorded();
  const app = await createApp(recorded);
  try {
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    console.log(`\nThe application runs on an embedded DynamoDB (${dynamodb.engine}).\n`);

    const visits = await traffic(url);
    const scrape = await prometheus(url, visits);
    await app.get(Telemetry).flush();
    openTelemetry(recorded, scrape);
    await health(url, 'ok', 'up');
    await dynamodb.stop();
    await outage(url);
    console.log('\nAll figures agree.\n');
  } finally {
    await app.close();
    await dynamodb.stop();
  }
}

/** @returns how many boards of departures were asked for */
async function traffic(url: string): Promise<number> {
  let visits = 0;
  const visit = async (station: string): Promise<Response> => {
    visits++;
    return fetch(`${url}/stations/${station}`);
  };
  for (let round = 0; round < ROUNDS; round++) for (const station of STATIONS) await visit(station);
  await Promise.all(Array.from({ length: CROWD }, () => visit('Wannsee')));

  await fetch(`${url}/stations/Zoo/delay/5`, { method: 'POST' });
  const [next] = (await (await visit('Zoo')).json()) as { minutes: number }[];
  assert.equal(next?.minutes, 8, 'a board that was evicted is loaded again');
  assert.equal((await visit('Nowhere')).status, 404, 'an error of a loader reaches its caller');

  tell(
    'TRAFFIC',
    `${visits} visits to 4 stations, ${CROWD} of them at once; one delay, one station that is not.`,
  );
  return visits;
}

async function prometheus(url: string, visits: number): Promise<Scrape> {
  const scrape = await Scrape.of(url);
  const events = (type: string): number => scrape.sum('dynamo_cache_events_total', { type, ...METHOD });
  const [hits, misses, joined, loads] = [events('hit'), events('miss'), events('join'), events('load')];
  const failed = scrape.sum('dynamo_cache_load_seconds_count', { ...METHOD, failed: 'true' });
  assert.equal(hits + misses, visits, 'every visit is a hit or a miss');
  assert.equal(misses - joined, loads, 'every miss loads, or shares a load');
  // The first visits, one of the crowd, one after the eviction, and one that failed.
  assert.equal(loads, STATIONS.length + 3);
  assert.equal(scrape.sum('dynamo_cache_load_seconds_count', METHOD), loads);
  assert.equal(failed, 1);
  assert.equal(events('fill'), loads - failed, 'what was loaded was written');
  assert.equal(scrape.sum('dynamo_cache_events_total', { type: 'evict' }), 1);
  assert.equal(scrape.sum('dynamo_cache_breaker_open'), 0);

  const units = [
    scrape.sum('dynamo_cache_read_units', METHOD),
    scrape.sum('dynamo_cache_write_units', METHOD),
  ];
  const saved = scrape.sum('dynamo_cache_loader_seconds_saved', METHOD);
  const dollars = scrape.sum('dynamo_cache_cost_dollars', METHOD);
  assert.ok(saved > 1 && dollars > 0, 'hits spare loader time, for a price');
  tell(
    'PROMETHEUS',
    `${hits} hits, ${misses} misses, of which ${joined} shared a load; ${loads} loads, one failed.`,
  );
  tell(
    '',
    `${units.join(' read units, ')} write units, $${dollars.toFixed(6)}; ${saved.toFixed(1)} s of loaders saved.`,
  );
  return scrape;
}

function openTelemetry(recorded: Recorded, scrape: Scrape): void {
  for (const type of ['hit', 'miss', 'join', 'load', 'fill', 'evict']) {
    assert.equal(recorded.events(type), scrape.sum('dynamo_cache_events_total', { type }), type);
  }
  const { loads, failedLoads } = recorded;
  assert.equal(loads.length, recorded.events('load'), 'every load has a span');
  assert.equal(failedLoads.length, 1);
  assert.ok(
    loads.every((load) => recorded.requestOf(load)),
    'the parent of each is the span of its request',
  );
  const [slowest = 0] = loads.map(({ duration: [s, ns] }) => s * 1_000 + ns / 1e6).sort((a, b) => b - a);
  tell(
    'OTEL',
    `the same counts; ${loads.length} spans of loads, each below its request's, the longest ${slowest.toFixed(0)} ms.`,
  );
}

async function health(url: string, status: string, ofCache: string): Promise<void> {
  const response = await fetch(`${url}/health`);
  const report = (await response.json()) as { status: string; details: { cache: Record<string, string> } };
  const { status: said, breaker, reason } = report.details.cache;
  assert.deepEqual([response.status, report.status, said], [200, status, ofCache]);
  tell(
    'HEALTH',
    `200, the cache is ${ofCache}, its breaker ${breaker ?? '?'}${reason ? ` (${reason})` : ''}.`,
  );
}

async function outage(url: string): Promise<void> {
  const visits = 10;
  for (let i = 0; i < visits; i++) {
    const { status } = await fetch(`${url}/stations/Zoo`);
    assert.equal(status, 200, 'without DynamoDB loaders answer');
  }
  const scrape = await Scrape.of(url);
  const errors = scrape.sum('dynamo_cache_events_total', { type: 'error' });
  assert.equal(scrape.sum('dynamo_cache_breaker_open'), 1);
  assert.ok(errors > 0 && errors < visits, 'DynamoDB is left alone after some errors');
  tell(
    'OUTAGE',
    `DynamoDB is stopped. ${visits} visits, none failed; ${errors} errors, then the breaker opens.`,
  );
  await health(url, 'degraded', 'degraded');
}

function tell(step: string, what: string): void {
  console.log(`${step.padEnd(11)} ${what}`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
