/** One cache in a process of its own: `node memory-process.mjs <cache> <value>`, then a message for each sample. */
import { CACHES } from './memory-caches.mjs';
import { VALUES } from './memory-values.mjs';
import { cpuMicros } from './samples.mjs';

const [, , cacheName, valueName] = process.argv;
const IDS = Array.from({ length: 100 }, (_, i) => `restaurant-${i}`);

const value = VALUES[valueName];
const call = await CACHES[cacheName](value);

async function sample(calls) {
  const start = process.cpuUsage();
  for (let i = 0; i < calls; i++) await call(IDS[i % IDS.length]);
  return { ns: (cpuMicros(start) * 1_000) / calls };
}

// Whether callers share the object: what one of them changes, the next one sees.
async function doesIsolate() {
  await call('isolation');
  const { name } = value;
  for (let i = 0; i < 2; i++) (await call('isolation')).name = 'changed';
  const isIsolated = (await call('isolation')).name === name;
  value.name = name;
  return isIsolated;
}

const isIsolated = await doesIsolate();
for (const id of IDS) await call(id);
await sample(2 * IDS.length);

process.on('message', async (calls) => process.send(await sample(calls)));
process.once('disconnect', () => process.exit());
process.send({ isIsolated });
