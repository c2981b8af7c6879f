/** One process of the fleet: does what the parent says, one run after another, with the built package. */
import { resolveOptions } from '../../../dist/core/resolve-options.js';
import { DynamoCache } from '../../../dist/engine/dynamo-cache.js';
import { FastClock } from './fast-clock.mjs';
import { Janitor } from './janitor.mjs';
import { Random } from './random.mjs';
import { createStore, sabotageEngine } from './sabotage.mjs';
import { slowDown } from './slow-network.mjs';
import { SourceOfTruth } from './source-of-truth.mjs';
import { Workload } from './workload.mjs';

const REPORT_MS = 100;

const truth = new SourceOfTruth();
let stop = () => {};

/** @param order see Order in fleet.ts */
async function run({ worker, seed, table, endpoint, consistentRead, profile, time, sabotage, hasJanitor }) {
  const complaints = [];
  const complain = (message) => complaints.push(message);
  const clock = new FastClock(time);
  const options = resolveOptions({
    table,
    client: { endpoint },
    consistentRead,
    clock,
    // A read that fails on a busy machine would be a miss of unknown version, and the promise would not hold.
    timeout: '20s',
    logger: { warn: complain, error: complain },
  });
  const random = new Random(seed + worker);
  const ownRandom = () => new Random(random.between(0, 2 ** 32));
  const store = slowDown(createStore(options.store, sabotage), profile.networkMs, ownRandom());
  const cache = new DynamoCache(store, options.engine);
  sabotageEngine(cache, sabotage);
  const workload = new Workload({ worker, cache, truth, profile });
  const janitor = new Janitor({ table, endpoint, clock });
  const sweeping = new AbortController();
  stop = () => {
    workload.stop();
    sweeping.abort();
  };

  const report = (type) => {
    const { hits, scopeHits, joined, fillsDropped, store } = cache.stats();
    const { failures } = store;
    const counts = { hits, scopeHits, joined, fillsDropped, failures, deletedByTtl: janitor.deleted };
    process.send({ type, worker, ...workload.takeEvents(), counts, complaints: complaints.splice(0) });
  };
  const reporting = setInterval(report, REPORT_MS, 'events');
  await Promise.all([
    ...Array.from({ length: profile.lanes }, () => workload.lane(ownRandom())),
    hasJanitor ? janitor.work(sweeping.signal) : undefined,
  ]);
  clearInterval(reporting);
  await cache.close();
  report('done');
}

process.on('message', (message) => {
  if (message.type === 'answer') truth.answer(message);
  if (message.type === 'stop') stop();
  if (message.type === 'run') void run(message);
});
process.on('disconnect', () => process.exit());
process.send({ type: 'ready' });
