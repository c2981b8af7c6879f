/** One process of the fleet: does what the parent says, one run after another, with the modules of the library. */
import resolving from '../../../.cache/modules/core/resolve-options.js';
import tables from '../../../.cache/modules/dynamodb/table-store.js';
import caches from '../../../.cache/modules/engine/dynamo-cache.js';
import { FastClock } from './fast-clock.mjs';
import { Janitor } from './janitor.mjs';
import { Random } from './random.mjs';
import { sabotage } from './sabotage.mjs';
import { slowDown } from './slow-network.mjs';
import { SourceOfTruth } from './source-of-truth.mjs';
import { Witness } from './witness.mjs';
import { Workload } from './workload.mjs';

const REPORT_MS = 100;
// A read that fails on a busy machine would be a miss of unknown version, which only a run with faults allows for.
const PATIENT = { timeout: '20s' };
const HURRIED = { timeout: '250ms', breaker: { failures: 20, cooldown: '100ms' }, drainTimeout: '3s' };

const truth = new SourceOfTruth();
let stop = () => {};

/** @param order see Order in fleet.ts */
async function run(order) {
  const { worker, seed, table, endpoint, consistentRead = true, memoryMs, profile, time } = order;
  const complaints = [];
  const complain = (message) => complaints.push(message);
  const clock = new FastClock(time);
  const options = resolving.resolveOptions({
    table,
    client: { endpoint },
    consistentRead,
    clock,
    strict: true,
    ...(memoryMs && { memory: { ttl: `${memoryMs}ms` } }),
    ...(order.hasFaults ? HURRIED : PATIENT),
    logger: { warn: complain, error: complain },
  });
  const random = new Random(seed + worker);
  const ownRandom = () => new Random(random.between(0, 2 ** 32));
  const store = new tables.TableStore(options.store);
  const cache = new caches.DynamoCache(store, options.engine);
  const repair = sabotage(order.sabotage, store, cache.engine);
  const witness = new Witness({ clock, codec: options.engine.codec, memoryMs });
  const workload = new Workload({ worker, cache, witness, truth, profile, consistentRead });
  slowDown(store, profile.networkMs, ownRandom());
  witness.watchStore(store);
  witness.watchFlights(cache.engine.loads.shared.flights);
  workload.watchStore(store);
  const janitor = new Janitor({ table, endpoint, clock });
  const sweeping = new AbortController();
  stop = () => {
    workload.stop();
    sweeping.abort();
  };

  const report = (type) => {
    const { hits, scopeHits, memoryHits, joined, stale, fillsDropped, store } = cache.stats();
    const counts = {
      ...{ hits, scopeHits, memoryHits, joined, stale, fillsDropped },
      ...{ failures: store.failures, deletedByTtl: janitor.deleted, ...workload.counts, ...witness.counts },
    };
    process.send({ type, worker, ...workload.takeEvents(), counts, complaints: complaints.splice(0) });
  };
  const reporting = setInterval(report, REPORT_MS, 'events');
  await Promise.all([
    ...Array.from({ length: profile.lanes }, () => workload.lane(ownRandom())),
    order.hasJanitor ? janitor.work(sweeping.signal) : undefined,
  ]);
  clearInterval(reporting);
  await cache.close();
  witness.stop();
  repair();
  report('done');
}

process.on('message', (message) => {
  if (message.type === 'answer') truth.answer(message);
  if (message.type === 'stop') stop();
  if (message.type === 'run') void run(message);
});
process.on('disconnect', () => process.exit());
process.send({ type: 'ready' });
