/** One process of the fleet: rewrites and reads a few large values with the modules of the library, and looks at what it is given. */
import core from '../../../.cache/modules/core/index.js';
import addresses from '../../../.cache/modules/key/addresses.js';
import chunks from '../../../.cache/modules/dynamodb/chunks.js';
import { Random } from '../evictions-win/random.mjs';

const MB = 1024 * 1024;
const OPERATIONS = { read: 6, get: 3, set: 4, delete: 1 };
const KEYS = ['a', 'b'];
const REPORT_MS = 100;

/** Precautions that are taken out from outside; each returns how to undo it. */
const SABOTAGES = {
  'one address for the chunks of all writes': oneAddress,
  'one address for the chunks of all writes, whose id is not looked at': () => {
    const undo = [oneAddress(), replace(chunks, 'unpackChunk', trusting)];
    return () => undo.forEach((each) => each());
  },
};

function oneAddress() {
  return replace(addresses, 'chunkAddress', (chunkAddress) => (address, _id, part) => {
    return chunkAddress(address, address.slice(address.indexOf('#') + 1), part);
  });
}

function trusting(unpackChunk) {
  return (item, manifest, ...rest) =>
    unpackChunk(item && { ...item, of: { S: manifest.id } }, manifest, ...rest);
}

// A precaution that has got another name must not look like one that nobody needs.
function replace(target, name, sabotaged) {
  const original = target[name];
  if (typeof original !== 'function') throw new Error(`there is no ${name} to take out`);
  target[name] = sabotaged(original);
  return () => {
    target[name] = original;
  };
}

let isStopped = false;
let writes = 0;
let counts;

/** A value that says in every eight bytes which write it is of, and in the first ones how long it is. */
function make(worker, sizes, random) {
  const value = Buffer.alloc(Number(random.weighted(sizes)) * MB);
  value.writeUInt32BE(++writes * 16 + worker, 0);
  value.writeUInt32BE(value.length, 4);
  for (let filled = 8; filled < value.length; filled *= 2) value.copy(value, filled, 0, filled);
  return value;
}

function isWhole(value) {
  return value.readUInt32BE(4) === value.length && value.subarray(8).equals(value.subarray(0, -8));
}

/** @param order see Order in fleet.ts */
async function run({ worker, table, endpoint, seed, sizes, maxWrites, sabotage }) {
  isStopped = false;
  counts = { reads: 0, torn: 0, hits: 0, loads: 0, writes: 0, misses: 0, dropped: 0, failures: 0, bytes: 0 };
  const repair = sabotage === undefined ? () => {} : SABOTAGES[sabotage]();
  const complaints = [];
  const complain = (message) => complaints.push(message);
  const cache = core.createDynamoCache({
    // Else these values would shrink into one item.
    compress: false,
    ...{ table, client: { endpoint }, timeout: '20s', consistentRead: true, drainTimeout: '20s' },
    logger: { warn: complain, error: complain },
  });
  const random = new Random(seed + worker);
  const report = (type) => {
    const { hits, misses, loads, fillsDropped: dropped, store } = cache.stats();
    const { failures } = store;
    process.send({ type, worker, counts: { ...counts, hits, misses, loads, dropped, failures }, complaints });
  };
  const reporting = setInterval(report, REPORT_MS, 'progress');
  const load = async () => {
    counts.writes++;
    return make(worker, sizes, random);
  };
  const operations = {
    read: (key) => cache.getOrLoad(key, load),
    get: (key) => cache.get(key),
    set: async (key) => {
      await cache.set(key, await load());
    },
    delete: async (key) => {
      await cache.delete(key);
    },
  };
  const lane = async () => {
    while (!isStopped && counts.writes < maxWrites) {
      const key = KEYS[Math.floor(random.between(0, KEYS.length))];
      const value = await operations[random.weighted(OPERATIONS)](key);
      if (value === undefined) continue;
      counts.reads++;
      counts.bytes += value.length;
      if (!isWhole(value)) counts.torn++;
    }
  };
  await Promise.all([lane(), lane()]);
  clearInterval(reporting);
  await cache.close();
  repair();
  report('done');
}

process.on('message', (message) => {
  if (message.type === 'stop') isStopped = true;
  if (message.type === 'run') void run(message);
});
process.on('disconnect', () => process.exit());
process.send({ type: 'ready' });
