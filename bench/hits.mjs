/**
 * What a hit costs that comes out of DynamoDB, beside the SDK's own GetItem of the same item over the same connections.
 * `npm run build && node bench/hits.mjs [--quick]`
 *
 * Every caller has a key of its own and asks again as soon as it is answered; "out of step" callers wait 0 to 5 ms in
 * between. The cache decodes what it reads, the SDK's side does not; the cache has its deadline, the SDK's side none.
 *
 * The first read of a second looks at the stamps, too, which is cost.mjs's business: one goes ahead of each sample.
 */
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { configOf, counted } from './lib/client.mjs';
import { TABLE, fillCache, readersOf } from './lib/hit-readers.mjs';
import { quick } from './lib/options.mjs';
import { describeMachine, writeResults } from './lib/results.mjs';
import { cpuMicros, randomOf, ratioOf, sampleInTurns, spreadOf } from './lib/samples.mjs';
import { startEngine, startStub } from './lib/servers.mjs';

const ROUNDS = quick ? 2 : 9;
const SEED = 13;
const THINK_MS = 5;
const CONDITIONS = {
  '1 caller': { callers: 1, reads: quick ? 20 : 200 },
  '50 callers': { callers: 50, reads: quick ? 1 : 10 },
  '50 callers, out of step': { callers: 50, reads: quick ? 1 : 10, isOutOfStep: true },
  ...(!quick && { '500 callers': { callers: 500, reads: 2 } }),
  '1,000 keys at once': { callers: 1_000, reads: 1 },
};
const MOST_CALLERS = Math.max(...Object.values(CONDITIONS).map(({ callers }) => callers));

const machine = describeMachine(['nestjs-dynamo-cache', '@aws-sdk/client-dynamodb']);

async function sample(read, requests, { callers, reads, isOutOfStep = false }) {
  const random = randomOf(SEED);
  const latencies = [];
  await read(0);
  const sentBefore = requests.sent;
  const cpu = process.cpuUsage();
  const start = performance.now();
  const call = async (caller) => {
    for (let i = 0; i < reads; i++) {
      if (isOutOfStep) await wait(random() * THINK_MS);
      const asked = performance.now();
      await read(caller);
      latencies.push(performance.now() - asked);
    }
  };
  await Promise.all(Array.from({ length: callers }, (_, caller) => call(caller)));
  const hits = callers * reads;
  return {
    hitsPerSecond: hits / ((performance.now() - start) / 1_000),
    cpuMicros: cpuMicros(cpu) / hits,
    latencyMs: spreadOf(latencies).median,
    requests: requests.sent - sentBefore,
    hits,
  };
}

const FIGURES = ['hitsPerSecond', 'cpuMicros', 'latencyMs'];

function compare(cache, sdk) {
  const total = (samples, figure) => samples.reduce((sum, taken) => sum + taken[figure], 0);
  const summary = (samples) => ({
    ...Object.fromEntries(FIGURES.map((figure) => [figure, spreadOf(samples.map((taken) => taken[figure]))])),
    hits: total(samples, 'hits'),
    requests: total(samples, 'requests'),
  });
  const ratios = FIGURES.map((figure) => [
    figure,
    ratioOf(
      cache.map((taken) => taken[figure]),
      sdk.map((taken) => taken[figure]),
    ),
  ]);
  return { cache: summary(cache), sdk: summary(sdk), ratio: Object.fromEntries(ratios) };
}

async function measure({ endpoint }) {
  const { config, requests } = counted(configOf(endpoint));
  const client = new DynamoDBClient(config);
  const cache = await fillCache(config, MOST_CALLERS);
  const readers = readersOf(client, cache);
  const runs = {};
  for (const [condition, how] of Object.entries(CONDITIONS)) {
    for (const [side, read] of Object.entries(readers)) {
      runs[`${condition}/${side}`] = () => sample(read, requests, how);
    }
  }
  const samples = await sampleInTurns(runs, { rounds: ROUNDS, seed: SEED });
  await cache.close();
  client.destroy();
  return Object.fromEntries(
    Object.keys(CONDITIONS).map((condition) => [
      condition,
      compare(samples[`${condition}/cache`], samples[`${condition}/sdk`]),
    ]),
  );
}

const servers = {};
for (const start of [startStub, () => startEngine(TABLE)]) {
  const server = await start();
  try {
    servers[server.name] = await measure(server);
  } finally {
    await server.stop();
  }
}
writeResults('hits', {
  machine,
  method:
    'Hits of values of about 1 KB, a key per caller, a client for each side, both of one configuration with maxAttempts 1 ' +
    'and maxSockets 200, over the same connections. ' +
    'CPU is user and system time of the client process per hit, µs. Latency is the median of a sample. Medians and ' +
    'middle halves over the rounds; `ratio` is cache / SDK: of the medians, and the middle half of the ratios of the rounds.',
  seed: SEED,
  rounds: ROUNDS,
  servers,
});
