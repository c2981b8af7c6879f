/**
 * What each operation of the cache costs at DynamoDB: requests, capacity units and bytes; beside what `stats()` says of
 * it, which is an estimate, and beside a bare cache of GetItem and PutItem. `npm run build && node bench/cost.mjs [--quick]`
 *
 * Units do not depend on the machine: an operation that costs something else in another round fails the bench. Time
 * stands still unless a situation moves it; only who waits for another's lease waits by the clock on the wall.
 */
import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDynamoCache } from 'nestjs-dynamo-cache/core';
import { ManualClock } from 'nestjs-dynamo-cache/testing';
import { BareCache } from './lib/bare-cache.mjs';
import { Capacity, difference } from './lib/capacity.mjs';
import { clientOf } from './lib/client.mjs';
import { BARE_SITUATIONS, SITUATIONS } from './lib/cost-situations.mjs';
import { quick } from './lib/options.mjs';
import { recordOf } from './lib/record.mjs';
import { describeMachine, writeResults } from './lib/results.mjs';
import { startEngine } from './lib/servers.mjs';

const ROUNDS = quick ? 1 : 10;
const TABLE = 'bench';
const SLOW_LOAD_MS = 100;
const VALUES = {
  '1 KB': recordOf('7'),
  '10 KB': Array.from({ length: 10 }, (_, i) => recordOf(String(i))),
};
// How often it looks for the value depends on chance.
const WAITING = 'miss, the lease is lost';

const machine = describeMachine(['nestjs-dynamo-cache', '@aws-sdk/client-dynamodb']);
const engine = await startEngine(TABLE);
const [client, othersClient] = [clientOf(engine.endpoint), clientOf(engine.endpoint)];
const capacity = new Capacity(client);

function processOf(ownClient, value, options) {
  const cache = createDynamoCache({ ...options, table: TABLE, client: ownClient, timeout: '10s' });
  const loading = new EventEmitter();
  const load = async () => value;
  const loadSlowly = async () => {
    loading.emit('load');
    await sleep(SLOW_LOAD_MS);
    return value;
  };
  const method = (name, more, loader = load) => cache.memoize(() => loader(), { name, ttl: '1h', ...more });
  const methods = {
    menu: method('menu'),
    tagged: method('tagged', { tags: (id) => [`restaurant:${id}`] }),
    taggedThrice: method('taggedThrice', { tags: (id) => ['a', 'b', 'c'].map((tag) => `${tag}:${id}`) }),
    stale: method('stale', { ttl: '1m', staleWhileRevalidate: '1h' }),
    leased: method('leased', { lease: true }),
    slowlyLeased: method('slowlyLeased', { lease: true }, loadSlowly),
  };
  return { cache, load, loading, methods };
}

let namespaces = 0;

async function sample(name, value) {
  const clock = new ManualClock();
  const options = {
    namespace: `cost-${String(namespaces++).padStart(4, '0')}`,
    ...(name !== WAITING && { clock }),
  };
  const here = processOf(client, value, options);
  const there = processOf(othersClient, value, options);
  const run = await SITUATIONS[name]({ here, there, clock });
  const before = { spent: capacity.spent, stats: estimateOf(here.cache) };
  await run();
  return {
    ...difference(capacity.spent, before.spent),
    estimate: difference(estimateOf(here.cache), before.stats),
  };
}

async function sampleBare(name, value) {
  const run = await BARE_SITUATIONS[name](new BareCache(client, TABLE), async () => value);
  const before = capacity.spent;
  await run();
  return difference(capacity.spent, before);
}

function estimateOf(cache) {
  const { readUnits, writeUnits } = cache.stats();
  return { readUnits, writeUnits };
}

async function measure(take, name, value) {
  const samples = [];
  for (let round = 0; round < ROUNDS; round++) samples.push(await take(name, value));
  const units = new Set(samples.map(({ readUnits, writeUnits }) => `${readUnits}, ${writeUnits}`));
  if (name !== WAITING && units.size > 1) throw new Error(`${name} costs now ${[...units].join(', now ')}`);
  return meanOf(samples);
}

function meanOf(samples) {
  return Object.fromEntries(
    Object.entries(samples[0]).map(([figure, first]) => {
      const figures = samples.map((taken) => taken[figure]);
      if (typeof first === 'object') return [figure, meanOf(figures)];
      const mean = figures.reduce((sum, value) => sum + value, 0) / figures.length;
      return [figure, Number(mean.toFixed(2))];
    }),
  );
}

// Who waits for a lease keeps no process alive.
const awake = setInterval(() => undefined, 1_000);
const values = {};
for (const [size, value] of Object.entries(VALUES)) {
  const operations = {};
  for (const name of Object.keys(SITUATIONS)) {
    operations[name] = {
      cache: await measure(sample, name, value),
      ...(name in BARE_SITUATIONS && { bare: await measure(sampleBare, name, value) }),
    };
  }
  values[size] = { jsonBytes: Buffer.byteLength(JSON.stringify(value)), operations };
}
clearInterval(awake);
client.destroy();
othersClient.destroy();
await engine.stop();
writeResults('cost', {
  machine,
  method:
    `Means over the rounds of what ${engine.name} answers to ReturnConsumedCapacity, of memoized functions with ` +
    'eventually consistent reads and no request scope. A lost condition is counted as one write unit.',
  rounds: ROUNDS,
  engine: engine.name,
  values,
});
