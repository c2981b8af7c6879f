/**
 * What a cached call costs in this process, where no network is involved: the decorator, the request scope, joining a
 * load, the engine over a store in memory, and building keys. `npm run build && node bench/calls.mjs [--quick]`
 *
 * Beside the time each row tells how often loaders and the store were called, as a proof that it measured what it says.
 */
import 'reflect-metadata';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Test } from '@nestjs/testing';
import { DynamoCache, DynamoCacheModule, DynamoCacheable, DynamoStore, callKey } from 'nestjs-dynamo-cache';
import { InMemoryStore } from 'nestjs-dynamo-cache/testing';
import { quick } from './lib/options.mjs';
import { recordOf } from './lib/record.mjs';
import { describeMachine, writeResults } from './lib/results.mjs';
import { cpuMicros, sampleInTurns, spreadOf } from './lib/samples.mjs';

const ROUNDS = quick ? 3 : 25;
const SEED = 11;
const SLICE_MICROS = quick ? 1_000 : 10_000;
const TOGETHER = 100;

const machine = describeMachine(['nestjs-dynamo-cache', '@nestjs/core']);
const small = { id: 7, name: 'Ada', active: true };
const record = recordOf('7');
const seen = { loads: 0, reads: 0 };

class CountingStore extends InMemoryStore {
  read(...args) {
    seen.reads++;
    return super.read(...args);
  }
}

class Restaurants {
  async plain() {
    return small;
  }
  async small() {
    seen.loads++;
    return small;
  }
  async record() {
    seen.loads++;
    return record;
  }
  async neverKept() {
    seen.loads++;
    await nextTurn();
    return small;
  }
}

function decorate(name, options) {
  const descriptor = Object.getOwnPropertyDescriptor(Restaurants.prototype, name);
  DynamoCacheable(options)(Restaurants.prototype, name, descriptor);
  Object.defineProperty(Restaurants.prototype, name, descriptor);
}
decorate('small', '1h');
decorate('record', '1h');
decorate('neverKept', { unless: () => true });

const app = await Test.createTestingModule({
  imports: [DynamoCacheModule.forRoot({ table: 'bench', client: { region: 'us-east-1' }, ttl: '1h' })],
  providers: [Restaurants],
})
  .overrideProvider(DynamoStore)
  .useValue(new CountingStore())
  .compile();
await app.init();
const restaurants = app.get(Restaurants);
const cache = app.get(DynamoCache);
const memo = cache.memoize(restaurants.small.bind(new Restaurants()), { name: 'memo', ttl: '1h' });
const load = () => restaurants.plain();

const oneByOne = (call) => async (calls) => {
  for (let i = 0; i < calls; i++) await call();
};
const together = (call) => async (calls) => {
  for (let i = 0; i < calls; i += TOGETHER) await Promise.all(Array.from({ length: TOGETHER }, call));
};
let length = 0;
const keys = (args) => async (calls) => {
  for (let i = 0; i < calls; i++) length += callKey('Restaurants.summary', args).length;
};
const search = { city: 'Springfield', cuisine: 'italian', page: 2, isOpen: true, sort: 'rating' };

/** What is run, and the call that fills the cache beforehand. */
const cases = {
  'plain async method': { run: oneByOne(() => restaurants.plain()) },
  '@DynamoCacheable, hit in a request scope': {
    fill: () => restaurants.small('7'),
    run: oneByOne(() => restaurants.small('7')),
  },
  '@DynamoCacheable, hit in a request scope, 1 KB': {
    fill: () => restaurants.record('7'),
    run: oneByOne(() => restaurants.record('7')),
  },
  'memoize, hit in a scope': { fill: () => memo('7'), run: oneByOne(() => memo('7')) },
  'getOrLoad, hit in the store, one by one': {
    fill: () => cache.getOrLoad('one', load),
    run: oneByOne(() => cache.getOrLoad('one', load)),
    isOutsideScope: true,
  },
  'getOrLoad, hit in the store, 100 at once': {
    fill: () => cache.getOrLoad('one', load),
    run: together(() => cache.getOrLoad('one', load)),
    isOutsideScope: true,
  },
  '@DynamoCacheable, 100 callers share one load': {
    run: together(() => restaurants.neverKept('7')),
    isOutsideScope: true,
  },
  'callKey, one id': { run: keys(['a3f1c2d4-0000-4000-8000-000000000007']) },
  'callKey, an object of five fields': { run: keys([search]) },
};

async function measure({ fill, run, isOutsideScope = false }, calls) {
  const body = async () => {
    await fill?.();
    const { loads, reads } = seen;
    const start = process.cpuUsage();
    await run(calls);
    const micros = cpuMicros(start);
    return { ns: (micros * 1_000) / calls, micros, loads: seen.loads - loads, reads: seen.reads - reads };
  };
  return isOutsideScope ? body() : cache.runInScope(body);
}

async function callsOfSlice(benchCase) {
  for (let calls = TOGETHER; ; calls *= 2) {
    const { micros } = await measure(benchCase, calls);
    if (micros > SLICE_MICROS) return calls;
  }
}

const runs = {};
const callsPerSample = {};
for (const [name, benchCase] of Object.entries(cases)) {
  callsPerSample[name] = await callsOfSlice(benchCase);
  runs[name] = () => measure(benchCase, callsPerSample[name]);
}
const samples = await sampleInTurns(runs, { rounds: ROUNDS, seed: SEED });
await app.close();
if (length === 0) throw new Error('no key was built');

const sum = (figures) => figures.reduce((total, figure) => total + figure, 0);
writeResults('calls', {
  machine,
  method:
    'User and system CPU time of the process per call, nanoseconds: median and middle half over the rounds. Values are ' +
    'objects of three fields unless a row says 1 KB.',
  seed: SEED,
  rounds: ROUNDS,
  calls: Object.fromEntries(
    Object.entries(samples).map(([name, taken]) => [
      name,
      {
        ns: spreadOf(taken.map(({ ns }) => ns)),
        calls: callsPerSample[name] * ROUNDS,
        loads: sum(taken.map(({ loads }) => loads)),
        reads: sum(taken.map(({ reads }) => reads)),
      },
    ]),
  ),
});
